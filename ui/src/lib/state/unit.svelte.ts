// What amounts of jobs are in: the coordinator's credits, or STRK. One for the whole window, because a window talks to
// one coordinator.
class Unit {
  name = $state('credits');
}

export const currency = new Unit();

export const unit = (): string => currency.name;
