import { testBrowser } from './suite.mjs';
import { launch } from './webkit.mjs';

testBrowser('WebKit', launch);
