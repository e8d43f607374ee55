// The package's worker with clocks that jump.
import './shift.js';
import '/pkcewasm/worker.js';
