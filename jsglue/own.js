// Guards against a prototype that some script extended: what we read is the object's own, what we hand to the platform
// has nothing else.

/**
 * Reads a member of the object itself.
 * @param {unknown} object
 * @param {string} name
 * @returns {unknown}
 */
export function own(object, name) {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, name) ? /** @type {any} */ (object)[name] : undefined;
}

/**
 * An object without a prototype. The platform reads its options through the prototype chain.
 * @template {object} const T
 * @param {T} members
 * @returns {T}
 */
export function bare(members) {
  return Object.assign(Object.create(null), members);
}
