// Generated from models/*/npm.json by `npm run types`; not to be edited.

/** The packages that hold models: their names, what they are called in code that imports them, and what they find. */
export const MODEL_PACKAGES = [
  { name: 'maskrcnn-web-everyday', variable: 'everyday', finds: 'people and animals in photographs' },
  { name: 'maskrcnn-web-nuclei', variable: 'nuclei', finds: 'cell nuclei in microscopy images' },
] as const;
