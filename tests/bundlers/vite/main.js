import { run } from './page.mjs';

run();
