// All analyses. The explanations are what `leaktrail explain ID` prints, wrapped by the renderer:
// what was found, how it is told, when it is a false alarm, what to do.
#include "analyses/analysis.h"

namespace leaktrail::analyses {
namespace {

constexpr Analysis kAnalyses[] = {
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
executor). Classes that exist in exactly the same number are reported as the parts of one resource.

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
    {"heap.many-threads", "Very many threads", "At least 1,000 live platform threads.",
     R"(What it is. At least 1,000 live platform threads. What hurts is mostly not in the heap: each has a
stack of its own outside (1 MiB of address space by default, -Xss).

How it is told. From the threads the dump names as GC roots. Virtual threads are not among them.

False alarms. Servers with a thread per connection may be configured for this many.

What to do. Look at the names and stacks: threads of one pattern that are all waiting for tasks come
from executors that were never shut down.)",
     FindManyThreads},
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

How it is told. Exactly: at least a fifth of the live heap and 8 MiB. In a dump taken without a
collection before it, most of them may just not have been found dead yet: then it is information
only.

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
