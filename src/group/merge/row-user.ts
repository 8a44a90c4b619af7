/** Figures by row of the group. */
export interface RowUser {
  /** Whether the row has figures of this process at the moment. */
  uses(row: number): boolean;
  /** Whether the row has figures that are not exported yet. */
  hasUnexported?(row: number): boolean;
  /** Figures of a series that this process has removed are part of the row from now on. */
  kept?(row: number, cells: Float64Array): void;
  /** As `kept`, if this process is a member, whose report had the figures. */
  removedHere?(row: number, cells: Float64Array): void;
  /** The series of the row is about to be removed, because no member has it any more. */
  ends?(row: number): void;
  /** The row was freed. Its figures were added to row `movedTo`, or removed. */
  freed(row: number, movedTo: number | undefined): void;
}
