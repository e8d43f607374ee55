// The package's worker with keys that the test knows.
import './key.js';
import '/pkcewasm/worker.js';
