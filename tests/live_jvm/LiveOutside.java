import java.io.File;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Known amounts of memory outside of the heap, all of it touched: 24 MiB of direct buffers, 16 MiB of a mapped file, 60
 * threads. Says READY and changes nothing until its standard input ends. Must compile with every JDK from 8 on.
 */
public final class LiveOutside {
    static final int MIB = 1 << 20;
    static final List<ByteBuffer> BUFFERS = new ArrayList<>();
    static MappedByteBuffer mapped;

    static void touch(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += 4096) {
            buffer.put(i, (byte) 1);
        }
    }

    public static void main(String[] args) throws Exception {
        for (int i = 0; i < 24; i++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(MIB);
            touch(buffer);
            BUFFERS.add(buffer);
        }
        File file = File.createTempFile("mapped", ".bin", new File(args[0]));
        try (RandomAccessFile random = new RandomAccessFile(file, "rw")) {
            random.setLength(16 * MIB);
            mapped = random.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 16 * MIB);
        }
        touch(mapped);
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 60; i++) {
            Thread thread = new Thread(() -> {
                try {
                    never.await();
                } catch (InterruptedException end) {
                    // ends with the process
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        System.out.println("READY");
        System.out.flush();
        while (System.in.read() >= 0) {
            // until it ends
        }
        System.exit(0);
    }
}
