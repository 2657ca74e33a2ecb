import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Objects } from './Objects';

const root = document.createElement('div');
document.body.append(root);
// In strict mode effects run twice, the first time only to be cleaned up.
createRoot(root).render(
  <StrictMode>
    <Objects src="/pictures/nuclei-fluorescence.png" />
  </StrictMode>,
);
