import { launch } from './firefox.mjs';
import { testBrowser } from './suite.mjs';

testBrowser('Firefox', launch);
