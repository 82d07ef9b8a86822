import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * 3,000 virtual threads that are parked, and 200 that are mounted: they wait in native code until standard input ends,
 * each on a carrier of its own. Needs JDK 21, and -Djdk.virtualThreadScheduler.parallelism=220 or more. Each holds a
 * Local in a variable, which nothing else refers to.
 */
public final class LiveVirtualThreads {
    static final int PARKED = 3000, MOUNTED = 200;
    static final CountDownLatch READY = new CountDownLatch(PARKED + MOUNTED);

    static final class Local { long value = 1; }

    static void park() {
        Local local = new Local();
        READY.countDown();
        while (local.value != 0) LockSupport.park();
    }

    static void read() {
        Local local = new Local();
        FileInputStream input = new FileInputStream(FileDescriptor.in);
        READY.countDown();
        try {
            local.value += input.read();
        } catch (IOException e) {
            local.value = 0;
        }
    }

    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < PARKED; ++i) Thread.ofVirtual().start(LiveVirtualThreads::park);
        for (int i = 0; i < MOUNTED; ++i) Thread.ofVirtual().start(LiveVirtualThreads::read);
        READY.await();
        Thread.sleep(500);
        System.out.println("READY");
        System.out.flush();
        new FileInputStream(FileDescriptor.in).read();
        System.exit(0);
    }

    private LiveVirtualThreads() {}
}
