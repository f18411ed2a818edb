//! Nothing: the simulation is the test `simulation` of this package.
