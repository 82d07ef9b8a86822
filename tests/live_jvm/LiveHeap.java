import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * A heap with something of everything whose size is not obvious: fields that leave holes, arrays of all types and
 * lengths, hidden and generated classes, statics of all types. Says READY and then changes nothing until its standard
 * input ends. Must compile with every JDK from 8 on.
 */
public final class LiveHeap {
    static class OneByte { byte b; }
    static class ByteThenLong extends OneByte { long l; }
    static class FillsTheHole extends ByteThenLong { int i; byte c; Object o; }
    static class Shorts extends OneByte { short s, t; Object o; char c; }
    static class Doubles extends Shorts { double d; float f; boolean z; Object p, q; }
    static class Empty {}
    static class EmptyBelow extends Doubles {}
    static final class Deep extends EmptyBelow { byte last; long more; }
    enum Colour { RED, GREEN { @Override public String toString() { return "g"; } } }
    interface Named { String name(); }

    static boolean flag = true;
    static byte small = 1;
    static long large = 2;
    static int number = 3;
    static double real = 4;
    static final Map<String, Object> HELD = new LinkedHashMap<>();
    static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();

    static Object arrays(int length) {
        return new Object[] {new boolean[length], new byte[length], new char[length], new short[length],
            new int[length], new float[length], new long[length], new double[length], new Object[length],
            new String[length], new int[length][1], new Deep[length]};
    }

    static void waitInThread(String name, Object local, CountDownLatch ready) {
        Thread thread = new Thread(() -> {
            Object[] held = {local, new Deep(), name};
            synchronized (held) {
                ready.countDown();
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    System.out.println(held[0]);
                }
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    // Fields that the VM pads, so that no other thread's stand in the same cache line.
    static void addContended() throws InterruptedException {
        ConcurrentHashMap<Integer, Integer> counted = new ConcurrentHashMap<>();
        Exchanger<Object> exchanger = new Exchanger<>();
        ForkJoinPool pool = new ForkJoinPool(2);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int first = t * 20_000;
            Thread thread = new Thread(() -> {
                for (int i = first; i < first + 20_000; i++) {
                    counted.put(i, i);
                    counted.remove(i);
                }
                try {
                    exchanger.exchange(counted);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                ThreadLocalRandom.current().nextInt();
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        pool.submit(() -> counted.size()).join();
        HELD.put("counted", counted);
        HELD.put("exchanger", exchanger);
        HELD.put("pool", pool);
    }

    // What only newer JDKs have.
    static void addByReflection() throws Exception {
        CountDownLatch started = new CountDownLatch(12);
        List<Object> virtual = new ArrayList<>();
        try {
            java.lang.reflect.Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
            for (int i = 0; i < 12; i++) {
                int depth = i * 7;
                virtual.add(start.invoke(null, (Runnable) () -> park(depth, started)));
            }
            virtual.add(start.invoke(null, (Runnable) NeverInitialized::touch));
            started.await();
            INITIALIZING.await();
            Thread.sleep(200);
        } catch (ReflectiveOperationException e) {
            HELD.put("without virtual threads", "JDK 20 or older");
        }
        HELD.put("virtual threads", virtual);
        try {
            Object lookup = java.lang.invoke.MethodHandles.lookup();
            java.lang.reflect.Method define = null;
            for (java.lang.reflect.Method method : lookup.getClass().getMethods()) {
                if (method.getName().equals("defineHiddenClass")) {
                    define = method;
                }
            }
            Object none = java.lang.reflect.Array.newInstance(define.getParameterTypes()[2].getComponentType(), 0);
            Object hidden = define.invoke(lookup, bytesOf("LiveHeap$Deep.class"), false, none);
            HELD.put("hidden class", hidden);
        } catch (ReflectiveOperationException | NullPointerException e) {
            HELD.put("without hidden classes", "JDK 14 or older");
        }
        try {
            HELD.put("records", Class.forName("LiveRecords").getMethod("make").invoke(null));
        } catch (ClassNotFoundException e) {
            HELD.put("without records", "JDK 15 or older");
        }
    }

    static byte[] bytesOf(String resource) throws java.io.IOException {
        try (java.io.InputStream in = LiveHeap.class.getResourceAsStream(resource)) {
            java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
            byte[] buffer = new byte[4096];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
            return out.toByteArray();
        }
    }

    static void park(int depth, CountDownLatch started) {
        if (depth > 0) {
            park(depth - 1, started);
            return;
        }
        started.countDown();
        java.util.concurrent.locks.LockSupport.park();
    }

    // A thread that waits in a class initializer keeps its carrier: a virtual thread that stays mounted.
    static final CountDownLatch INITIALIZING = new CountDownLatch(1);

    static final class NeverInitialized {
        static {
            INITIALIZING.countDown();
            java.util.concurrent.locks.LockSupport.park();
        }

        static void touch() {}
    }

    public static void main(String[] arguments) throws Exception {
        List<Object> instances = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            Collections.addAll(instances, new OneByte(), new ByteThenLong(), new FillsTheHole(), new Shorts(),
                new Doubles(), new Empty(), new EmptyBelow(), new Deep());
        }
        HELD.put("instances", instances);
        for (int length = 0; length < 40; length++) {
            HELD.put("arrays " + length, arrays(length));
        }
        HELD.put("large", arrays(10_000));
        HELD.put("colours", Colour.values());
        HELD.put("text", "caf\u00e9 \u20ac " + arguments.length);
        Map<Object, Object> maps = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            maps.put("key" + i, new TreeMap<>(Collections.singletonMap(i, (Object) (i * 1.5))));
        }
        HELD.put("maps", maps);
        HELD.put("identity", new IdentityHashMap<>(maps));
        HELD.put("concurrent", new ConcurrentHashMap<>(maps));
        HELD.put("linked", new LinkedList<>(instances));
        LongAdder adder = new LongAdder();
        List<Thread> adders = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 200_000; i++) {
                    adder.increment();
                }
            });
            thread.start();
            adders.add(thread);
        }
        for (Thread thread : adders) {
            thread.join();
        }
        HELD.put("adder", adder);
        Supplier<Object> lambda = () -> maps;
        HELD.put("lambda", lambda);
        HELD.put("reference", (Supplier<Object>) maps::size);
        HELD.put("proxy", java.lang.reflect.Proxy.newProxyInstance(LiveHeap.class.getClassLoader(),
            new Class<?>[] {Named.class}, (proxy, method, values) -> "name"));
        HELD.put("method", LiveHeap.class.getDeclaredMethod("arrays", int.class));
        addContended();
        addByReflection();
        HELD.put("soft", new SoftReference<>(new Deep()));
        HELD.put("weak", new WeakReference<>(maps));
        HELD.put("phantom", new PhantomReference<>(maps, QUEUE));
        CountDownLatch ready = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            waitInThread("worker-" + i, new long[i], ready);
        }
        ready.await();
        System.out.println("READY");
        System.out.flush();
        while (System.in.read() >= 0) {
            Thread.yield();
        }
        System.out.println(HELD.size() + QUEUE.hashCode());
    }
}
