'use client';

import { useEffect } from 'react';
import { run } from '../page.mjs';

// Rendered on the server, too, while the site is built: there the package is imported and must do nothing.
export default function Page() {
  useEffect(() => {
    run();
  }, []);
  return 'The number of objects is in the title.';
}
