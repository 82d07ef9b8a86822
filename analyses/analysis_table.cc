// All analyses. The explanations are what `leaktrail explain ID` prints, wrapped by the renderer:
// what was found, how it is told, when it is a false alarm, what to do.
#include "analyses/analysis.h"

namespace leaktrail::analyses {
namespace {

constexpr Analysis kAnalyses[] = {
    {"known.signatures", "Known leaks of libraries and of the JDK",
     "What a signature describes: classes, how many there are, what their fields say and who holds "
     "them. Findings have the id of their signature.",
     R"(What it is. A leak that others have had before: of a library, or of the way in which it is often
used. Each is described by a signature; `leaktrail signatures` lists them all, and `leaktrail explain
ID` has a page for each.

How it is told. By the end of class names, so that relocated (shaded) copies match; by the number of
instances, elements, classes or loaders; by flags in their fields (closed, shut down, cancelled); and
by who holds them. The number that makes a finding is in the signature.

How sure it is. A flag proves what it says. Where numbers alone speak, the finding says so, and is
less sure.

False alarms. Numbers that are meant: the page of each signature says what to check.

What to do. What the finding says. Signatures of your own: a directory of TOML files, given with
--signatures DIR; docs/signatures.md describes them. One with the id of a built-in one replaces it.)",
     FindSignatures},
    {"heap.accumulation", "Many equal objects behind one reference",
     "A collection, or a chain of objects, below one owner that keeps a large share of the live "
     "heap with many objects of one kind: a leak, a backlog, or a cache without a limit.",
     R"(What it is. Somewhere in the heap retained size stops being passed on from one object to the
next and spreads into many: a map with 120,000 entries, a list of listeners, a queue of tasks. The
path shows who holds that place; everything listed below it would be free without the marked
reference.

How it is told. At least 100 objects of one class, at least 1 MiB, and at least half of the live
heap; a fifth is enough where the heap is at 60 % of its maximum, and in places that have to be
cleaned by whoever fills them (the MBean server, shutdown hooks, listeners, the queue of an
executor). Objects that belong to resources of many parts are told as those (resources.repeated).

How sure it is. A single dump shows how much there is, not whether it grows. So the confidence stays
below certainty: higher for registries and backlogs, for full heaps and for very many objects; lower
for collections with a limit (a capacity, least-recently-used order).

False alarms. A cache or an index that is meant to hold this much. Check the number of entries
against what you expect, and take a second dump under the same load later: a leak has grown.

What to do. Follow the path to the marked reference: the entries have to be removed where the work
for them ends, or the collection has to be bounded. `leaktrail path FILE CLASS` shows all the ways
to the objects, `leaktrail dominators FILE @0xID` what is inside.)",
     FindAccumulations},
    {"heap.big-object", "Few objects that take much of the heap",
     "One object (a huge array, a table), or a handful behind one owner, that keep a large share "
     "of "
     "the live heap.",
     R"(What it is. A single array, or fewer than 100 objects behind one owner, that make up at least
30 % of the live heap and 16 MiB. Nothing piles up in numbers; the objects themselves are large.

How it is told. From the retained sizes alone, which are exact. It is reported as medium if the heap
is at 60 % of its maximum or more, else as low.

False alarms. Buffers, in-memory indexes and lookup tables are often meant to be large. This finding
never makes a leak of its own.

What to do. See whether the size follows from something that grows (the size of a request, a file or
a query result): then it needs a limit. Otherwise give the heap room for it.)",
     FindBigObjects},
    {"heap.thread-local-data", "Data behind threads",
     "ThreadLocal values, or local variables of running methods, that keep a large share of the "
     "live "
     "heap.",
     R"(What it is. Either values of ThreadLocals: they live as long as their thread, and the threads of
a pool do not end. Or objects that local variables of a method hold while it runs: the thread is at
work on them.

How it is told. ThreadLocal values: the path leads through Thread.threadLocals (or
inheritableThreadLocals) and keeps at least 1 MiB and a fifth of the live heap; equal ones of several
threads are taken together. Local variables: the path leads from a frame of a thread directly to the
data, which is at least half of the live heap and 16 MiB (or a fifth, where the heap is tight).

False alarms. A ThreadLocal may hold the data of a request that was being served when the dump was
taken. A local variable holds work in progress by its nature: that is no leak, but may be more than
the heap can take.

What to do. ThreadLocals: remove() in a finally block. Local variables: the stack in the evidence
names the method; work in portions and put a limit on what one request may ask for.)",
     FindThreadData},
    {"heap.many-threads", "Very many threads",
     "At least 500 live platform threads of one kind, or 1,000 in all.",
     R"(What it is. Very many live platform threads. What hurts is mostly not in the heap: each has a stack
of its own outside (1 MiB of address space by default, -Xss).

How it is told. From the threads the dump names as GC roots: 500 of one class and name (digits folded)
that are in the same method are one per request, session or connection, and a leak unless a server is
meant to have as many; 1,000 in all are worth a word. Virtual threads are not among them.

False alarms. Servers with a thread per connection may be configured for this many.

What to do. Look at the names and stacks: threads of one pattern that are all waiting for tasks come
from executors that were never shut down.)",
     FindManyThreads},
    {"state.heap", "Keyed state on the heap",
     "State that a stream processor keeps on the heap by key and window, and how often windows make "
     "it keep the same element.",
     R"(What it is. The state of a Flink job on the heap state backend: entries by key and, for windows, by
window. It is memory that the job asks for, not a leak. With sliding windows every element belongs to
size / slide windows at once and is held in each of them: 120 s every 2 s are 60 times.

How it is told. The entries of the state maps are counted; size and slide are read from the windows
that are their namespaces; and how many lists an element is in is counted as well. The size is what
the state maps retain, exactly. It is reported from a fifth of the live heap on; as high if it is half
of a heap that is at 60 % of its maximum.

False alarms. None that matter: the state is there. Whether it has to be, the job knows.

What to do. Aggregate as elements arrive (reduce or aggregate in place of process or apply on its
own): then a window keeps one value in place of a list. Slide less often. Put the state on disk with
the RocksDB state backend. A larger heap helps only as long as the load does not grow, and every
checkpoint still has to write all copies.)",
     FindWindowState},
    {"flink.memory", "Flink's memory outside of the heap",
     "What a Flink TaskManager has outside of its heap, as far as the heap tells: network buffers, "
     "managed memory, RocksDB's open handles, direct memory.",
     R"(What it is. A TaskManager's process is its heap, managed memory, network buffers, other direct
memory, metaspace and what Flink calls JVM overhead (thread stacks, code cache, and all that native
code takes without telling). Objects in the heap keep the books of some of these. Where the heap is
fine and the container is killed all the same, this is where to look.

What a heap dump tells. Network: the segments of NetworkBufferPool, and how many are free. Managed
memory: the budget of each slot's MemoryManager, how much of it is reserved, and by whom; RocksDB
reserves its share and allocates it by itself. RocksDB: handles that are open by their own flag. An
open iterator pins blocks and files in native memory that no budget counts, and RocksDB's cache can
exceed its limit for them. Direct memory: what java.nio.Bits has reserved, of which the network is a
part. Metaspace: an estimate from the number of classes. The model: what the process was configured
to use (TaskExecutorMemoryConfiguration).

What it cannot tell. How many bytes RocksDB and malloc really have (glibc keeps arenas of 64 MiB,
up to eight per core), the code cache, the collector's own memory, the limit of the container. Compare
jcmd PID VM.native_memory (needs -XX:NativeMemoryTracking=summary) with the process's resident size:
what is in neither the one nor the heap is RocksDB and malloc.

How sure it is. The figures are exact, but of one moment. It is reported as low, never above, if 64
MiB or more of network memory were less than 5 % in use; if 64 MiB or more of managed memory were not
used at all; or if closed slots have not given back their managed memory, or destroyed pools a tenth
of all network segments. Else it is information.

False alarms. A dump taken while the job is idle or just starting shows free buffers that a peak needs:
look at the metrics Status.Shuffle.Netty.UsedMemory and Status.Flink.Memory.Managed.Used over a day.

What to do. Network: taskmanager.memory.network.fraction, .min, .max. Managed memory that nothing uses
(heap state backend, no batch operators): taskmanager.memory.managed.size: 0. RocksDB: close iterators
and options; leave state.backend.rocksdb.memory.managed on. What no budget counts needs room:
taskmanager.memory.jvm-overhead.fraction, .min, .max, or a smaller managed.fraction. Arenas:
MALLOC_ARENA_MAX=1, or jemalloc.)",
     FindFlinkMemory},
    {"heap.soft-data", "Data held by soft references",
     "A large share of the live heap that only soft references hold.",
     R"(What it is. Objects that nothing holds but SoftReferences. The JVM clears those before it throws an
OutOfMemoryError, so they cannot be its cause. They are counted as live, because they are in memory.

How it is told. Exactly: at least a fifth of the live heap and 8 MiB.

What to do. Nothing, if the heap is otherwise fine. If the collector is busy: a cache with a limit is
kinder to it than one that lives on soft references (-XX:SoftRefLRUPolicyMSPerMB says how long they
are kept).)",
     FindSoftData},
    {"heap.finalizer-backlog", "Objects that wait for their finalizer",
     "A large share of the live heap that only waits for finalize() to run.",
     R"(What it is. Objects with a finalize() method that nothing else holds any more. They are freed only
after the one Finalizer thread has called it and a second collection has run.

How it is told. At least 1,000 objects in the finalizer's queue: they have been found dead, and their
turn has not come. The stack of the Finalizer thread shows whether a finalizer is blocked. Or, without
a queue, at least a fifth of the live heap and 8 MiB that only the finalizer list holds. In a dump
taken without a collection before it, most of those may just not have been found dead yet: then it is
information only.

What to do. Look at the stack of the Finalizer thread: a finalizer that blocks stops all others.
Close these objects explicitly (try-with-resources); most classes that have a close() need no
finalizer then.)",
     FindFinalizerBacklog},
    {"heap.unreachable", "Garbage in the dump",
     "A large share of the dump that no GC root leads to.",
     R"(What it is. Objects that were garbage when the dump was taken. They explain why a dump is larger
than the live heap, and are in no other figure of the report.

How it is told. Exactly: at least a fifth of all bytes and 8 MiB.

What to do. Nothing. To see what was allocated, and by its classes by whom:
`leaktrail histogram FILE --unreachable`. For a dump without garbage: jmap -dump:live, or jcmd
GC.heap_dump, which both collect first.)",
     FindUnreachable},
    {"resources.repeated", "One resource that exists many times",
     "Classes whose instances come in equal numbers and belong together, one of each: clients, "
     "pools or readers that were made again and again.",
     R"(What it is. A client, a connection pool or a reader is dozens of classes and hundreds of objects,
none of which stands out. Here all of them exist in the same number, each with its own of the others:
one resource, made that many times. The parts list what one of them consists of.

How it is told. At least 20 instances each of at least three classes outside of the Java platform
(or of its selectors, sockets, threads and the like), in numbers that differ by at most one percent.
From some of them the references are followed: what only one of them reaches is its own, and a class
is a part if nearly all of them have equally many of it. So two caches that happen to have as many
entries are not taken for one thing. One class must be a resource by its name (Client, Selector, Pool,
Connection ...), or there must be at least twelve; plain data in a collection is heap.accumulation.
All must be held through the same place, or in the same way.

How sure it is. Where nothing but a registry (the MBean server, the shutdown hooks) refers to them,
their makers are gone and did not close them: that is a leak. Where the application itself holds
them, only numbers speak: at least 100, no pool or limit on the way, and half of the live heap, or a
fifth where room is short.

False alarms. Pools and clients that are all in use. Fewer than 100 that the application holds are
reported as low, and only where they are a fifth of the live heap or 64 MiB.

What to do. Find where they are created, and close each in a finally block or with
try-with-resources; better, make one and share it. `leaktrail path FILE CLASS` with one of the parts
shows the ways to them.)",
     FindRepeatedResources},
    {"mbeans.accumulated", "MBeans that nobody unregistered",
     "A domain of an MBean server with very many MBeans whose names differ in a number only.",
     R"(What it is. The platform's MBean server keeps what is registered with it, and all that it refers to,
until it is unregistered. Libraries register MBeans when a client or pool is made, and unregister
them when it is closed.

How it is told. From the names: in one domain more than 1,000 MBeans, or 256 KiB and one percent of
the live heap, with at least 20 whose names are equal but for numbers (client-id=consumer-#). It is a
leak from a fifth of the live heap on, else a remark. Where the MBeans belong to a resource of many
parts, see resources.repeated. A JVM has about 30 MBeans of its own.

False alarms. Databases and brokers register one MBean per table, topic or metric; those are many,
but do not grow.

What to do. Find who makes what registers them, and close it where the work with it ends. The names
are shown with their digits folded, and values that are not numbered are left out.)",
     FindMBeanAccumulations},
    {"memory.zero-arrays", "Large arrays of nothing but zeros",
     "Arrays of primitive values of at least 4 KiB that hold only zeros and make up a good part of "
     "the live heap.",
     R"(What it is. Arrays that were made and never written to, or cleared: buffers that wait for their
use, tables that are far larger than what is in them.

How it is told. By reading them: of each group of arrays with one length and one owner up to 32,
evenly chosen, at most 1 MiB of each and 128 MiB in all. It is told from 16 MiB and a tenth of the
live heap on, as low: nothing leaks by being empty.

False alarms. Buffers that have to be ready, such as the network buffers of a server.

What to do. Look at the owner: make the buffers when there is something to put in, smaller, or have
fewer owners. If the owners themselves are too many, that is the leak (resources.repeated).)",
     FindZeroArrays},
    {"loaders.leaked", "Class loaders that should be gone",
     "Loaders of finished jobs, stopped applications or replaced plugins that something outside of "
     "them still refers to.",
     R"(What it is. A class loader lives as long as anything refers to it, to one of its classes or to an
instance of one; and as long as it lives, so do all classes it has defined, with their static fields.
Servers that load applications anew (Flink jobs, web applications, plugins) leave the old ones behind
if one reference from outside stays. The heap may look small: the classes fill the metaspace.

How it is told. Flags that the container sets: URLClassPath.closed (URLClassLoader.close was called),
the lifecycle state of a Tomcat web application, the wiring of an OSGi bundle, Flink's library cache.
These prove it. Without a flag: at least four loaders of one type that define the same classes from
the same URLs, of which at most one can be in use. Two or three loaders of one class are normal.

What holds them. A path is followed from the GC roots that does not pass through any of the dead
loaders or what they own, so one leaked loader never explains another. The marked reference is the
one that leads from outside to the loader, to one of its classes or to an instance of one. Loaders
that only other dead loaders hold are listed as such: they go with those.

How much. The retained size is that of all these loaders, their classes and what is entered from
outside, as one set. The metaspace is an estimate (about 6 KiB per class; 4 to 9 are common), for a
heap dump does not tell it: jcmd PID VM.classloader_stats does, while the process lives.

False alarms. A closed URLClassLoader whose classes are still wanted: some programs close it after
loading what they need. Many equal loaders that are meant to be isolated from each other.

What to do. Cut the marked reference where the job or application ends: deregister, remove, stop.
There may be several routes, and each alone keeps the loader. `leaktrail loaders FILE` shows all.)",
     FindLeakedLoaders},
    {"classes.generated", "Classes generated without end",
     "Very many classes that the program has made at run time: compiled expressions and scripts, "
     "lambdas, proxies, accessors.",
     R"(What it is. Libraries generate classes: Janino and Groovy per expression or script, CGLIB and JDK
proxies per class they wrap, the JVM per lambda and, up to JDK 17, per method that is often called by
reflection. Each is meant to be made once. Where one is made per request, the metaspace fills up:
the heap stays small, and the JVM dies of OutOfMemoryError: Metaspace.

How it is told. Class names are normalised into families (a number, hash or address at the end does
not count). Too many are: more than 400 class loaders of one type with at most three classes each
that are named alike (5,000 for reflection, where thousands are normal); more than 1,000 lambdas or
hidden classes of one host class, which a large application with thousands of lambdas does not have;
more than 500 CGLIB proxies of one class; more than 2,000 classes that differ only in a number.

What keeps them. Classes with a loader of their own live as long as anything refers to them, their
loader or an instance: the marked reference is the one from outside. Others live as long as the
loader of their host class, mostly as long as the JVM: there only making fewer helps.

How much. The metaspace is an estimate (6 KiB per class; 4 to 9 are common): a heap dump does not
tell it.

False alarms. Rule engines and query compilers with thousands of different rules that are all in use.

What to do. Keep and reuse what has been generated: a cache by the source text, with a limit. A larger
-XX:MaxMetaspaceSize only puts the end off.)",
     FindGeneratedClasses},
};

}  // namespace

std::span<const Analysis> Analyses() { return kAnalyses; }

}  // namespace leaktrail::analyses
