'use client';

import { useEffect } from 'react';
import { run } from '../page.mjs';

export default function Page() {
  useEffect(() => {
    run();
  }, []);
  return null;
}
