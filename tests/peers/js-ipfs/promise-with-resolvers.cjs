// Some of the packages below js-ipfs call a function that came with Node 22.
if (!Promise.withResolvers) {
  Promise.withResolvers = function withResolvers() {
    const parts = {};
    parts.promise = new this((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  };
}
