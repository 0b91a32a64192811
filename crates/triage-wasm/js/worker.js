// The module worker: starts the engine, which then answers messages by itself.

import init from './engine.js';

await init();
