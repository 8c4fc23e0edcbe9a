/** The build cannot go on for a reason its user can act on; shown without a stack. */
export class GuestBuildError extends Error {
  override name = "GuestBuildError";
}
