// What amounts are in: the coordinator's credits, or STRK; nothing where nobody pays. One for the whole window, because
// a window talks to one coordinator.
class Unit {
  /** Nothing until the first status: what is not known yet is not shown. */
  name = $state('');
}

export const currency = new Unit();

export const unit = (): string => currency.name;

/** Whether anybody pays. What the whole window shows of money depends on it; a job and an estimate say it themselves. */
export const isPaid = (): boolean => currency.name !== '';
