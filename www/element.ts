/** The element of the page with an id, which must be of the class given. */
export function element<Class extends HTMLElement>(id: string, Class: new () => Class): Class {
  const found = document.getElementById(id);
  if (!(found instanceof Class)) throw new Error(`index.html has no ${Class.name} #${id}`);
  return found;
}
