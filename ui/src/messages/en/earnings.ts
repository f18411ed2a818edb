export const earnings = {};
