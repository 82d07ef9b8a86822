import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/**
 * Puts a secret, args[0], wherever a heap has room for one: strings, arrays, keys of maps, names of
 * threads and MBeans, messages of exceptions. Properties and environment are the test's. Piles
 * things up, so that many rules have something to say. Prints READY and ends with its input.
 */
public class PlantSecrets {
  public interface ClientMBean {}

  public static class Client implements ClientMBean {
    final byte[] buffer = new byte[8000];
    final String password;

    Client(String password) {
      this.password = password;
    }
  }

  static final Map<String, byte[]> CACHE = new HashMap<>();
  static final List<Object> KEPT = new ArrayList<>();
  static final ThreadLocal<Object> LOCAL = new ThreadLocal<>();
  static String text;
  static char[] characters;
  static byte[] bytes;

  public static void main(String[] arguments) throws Exception {
    final String secret = arguments[0];
    text = secret + "-text";
    characters = (secret + "-characters").toCharArray();
    bytes = (secret + "-bytes").getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3000; ++i) CACHE.put(secret + "-key-" + i, new byte[2000]);
    maps(secret);
    mbeans(secret);
    threads(secret);
    KEPT.add(System.getenv());
    KEPT.add(System.getProperties());
    KEPT.add(new IllegalStateException(secret + "-message"));
    KEPT.add(new StringBuilder(secret + "-builder"));
    KEPT.add(java.net.URI.create("jdbc://user:" + secret + "@host/db"));
    KEPT.add(new java.io.File("/data/" + secret + "/file"));
    KEPT.add(new StringBuffer(secret + "\u00e9\u4e2d"));
    System.gc();
    final String local = secret + "-local";
    System.out.println("READY");
    System.in.read();
    if (local.isEmpty()) System.out.println(local);
  }

  static void maps(String secret) {
    final Properties properties = new Properties();
    properties.setProperty(secret + ".key", secret + "-value");
    final Map<String, Object> linked = new LinkedHashMap<>();
    final Map<Object, Object> weak = new WeakHashMap<>();
    final Map<Object, Object> identity = new IdentityHashMap<>();
    final Map<Object, Object> concurrent = new ConcurrentHashMap<>();
    for (int i = 0; i < 500; ++i) {
      final String key = secret + "=" + i;
      linked.put(key, new char[200]);
      weak.put(key, key);
      identity.put(key, new Client(key));
      concurrent.put(key, key.toCharArray());
    }
    KEPT.add(properties);
    KEPT.add(linked);
    KEPT.add(weak);
    KEPT.add(identity);
    KEPT.add(concurrent);
  }

  static void mbeans(String secret) throws Exception {
    for (int i = 0; i < 150; ++i) {
      final Client client = new Client(secret);
      final String name = "com.acme:type=Client,client-id=" + secret + "-" + i + ",user=" + secret;
      ManagementFactory.getPlatformMBeanServer()
          .registerMBean(new StandardMBean(client, ClientMBean.class), new ObjectName(name));
      KEPT.add(client);
    }
    ManagementFactory.getPlatformMBeanServer()
        .registerMBean(
            new StandardMBean(new Client(secret), ClientMBean.class),
            new ObjectName("com.acme:name=" + ObjectName.quote("token " + secret + " *")));
  }

  static void threads(String secret) {
    for (int i = 0; i < 120; ++i) {
      final int number = i;
      final Thread thread =
          new Thread(
              () -> {
                LOCAL.set(new Object[] {secret + "-thread-local", new byte[50_000]});
                final String frame = secret + "-frame-" + number;
                synchronized (frame) {
                  try {
                    frame.wait();
                  } catch (InterruptedException end) {
                    System.out.println(frame);
                  }
                }
              },
              secret + "-worker-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }
}
