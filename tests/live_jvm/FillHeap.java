import java.util.ArrayList;
import java.util.List;

/** Keeps everything until the heap is full, and ends by the OutOfMemoryError. */
public class FillHeap {
  static final class Session {
    final byte[] payload = new byte[2000];
  }

  static final List<Session> SESSIONS = new ArrayList<>(200_000);

  public static void main(String[] arguments) {
    while (true) SESSIONS.add(new Session());
  }
}
