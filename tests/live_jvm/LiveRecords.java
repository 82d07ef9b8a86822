/** Records, for JDK 16 and later. Its fields have sizes that do not fill words. */
public final class LiveRecords {
    record Point(byte x, long y) {}
    record Named(String name, Point point, boolean known) {}
    record Nothing() {}

    private LiveRecords() {}

    public static Object make() {
        Object[] made = new Object[300];
        for (int i = 0; i < made.length; i += 3) {
            Point point = new Point((byte) i, i);
            made[i] = point;
            made[i + 1] = new Named("record", point, true);
            made[i + 2] = new Nothing();
        }
        return made;
    }
}
