// The worker as browsers without relaxed SIMD start it.

import init from './soc-copilot/engine.js';

await init();
