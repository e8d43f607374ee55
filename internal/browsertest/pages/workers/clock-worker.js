// The package's worker on a clock of our own.
import './clock.js';
import '/pkcewasm/worker.js';
