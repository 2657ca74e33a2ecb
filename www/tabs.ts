const tabs = [...document.querySelectorAll<HTMLElement>('[role=tab]')];

/** Makes the tabs change what is shown, by mouse and as the ARIA authoring practices say by keyboard. */
export function listenForTabs(onChange: (panel: string) => void): void {
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab, onChange));
    tab.addEventListener('keydown', (event) => {
      const steps: Record<string, number> = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 };
      const next = tabs.at((steps[event.key] ?? Number.NaN) % tabs.length);
      if (!(event.key in steps) || !next) return;
      event.preventDefault();
      next.focus();
      choose(next, onChange);
    });
  }
}

function choose(chosen: HTMLElement, onChange: (panel: string) => void): void {
  for (const tab of tabs) {
    tab.ariaSelected = String(tab === chosen);
    tab.tabIndex = tab === chosen ? 0 : -1;
    panelOf(tab).hidden = tab !== chosen;
  }
  onChange(panelOf(chosen).id);
}

function panelOf(tab: HTMLElement): HTMLElement {
  return document.getElementById(tab.getAttribute('aria-controls') ?? '') as HTMLElement;
}
