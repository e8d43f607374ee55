// The package's worker with a module that can be made to trap.
import './trap.js';
import '/pkcewasm/worker.js';
