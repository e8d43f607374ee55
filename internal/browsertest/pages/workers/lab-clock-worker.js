// The package's worker, watched, on a clock of our own.
import './clock.js';
import './lab.js';
import '/pkcewasm/worker.js';
