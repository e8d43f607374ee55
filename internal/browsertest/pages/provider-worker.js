// What an application puts at its root for pkcewasm/testing.
import '/pkcewasm/testing-worker.js';
