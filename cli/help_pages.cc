#include "cli/help_pages.h"

namespace leaktrail::cli {
namespace {

constexpr absl::string_view kGeneral =
    R"(Finds what leaks in a Java heap dump: who holds it, what it costs, where to cut.

Examples
  leaktrail heap.hprof                           the answer on one screen
  leaktrail heap.hprof --full                    all findings, and what else is in the heap
  leaktrail old.hprof new.hprof                  what has grown, who holds it, when the heap is full
  leaktrail histogram heap.hprof                 classes by the memory they keep alive
  leaktrail dominators heap.hprof                the tree of who keeps what alive
  leaktrail path heap.hprof KafkaConsumer        why these objects are alive
  leaktrail path heap.hprof @0x7ff012345         why this object is alive
  leaktrail loaders heap.hprof                   which class loaders should be gone, what pins them
  leaktrail threads heap.hprof                   stacks, and what their local variables keep alive
  leaktrail show heap.hprof @0x7ff012345         fields of an object, and who refers to it
  leaktrail native heap.hprof                    the heap is fine: what is outside of it
  leaktrail doctor heap.hprof                    what the file is, what analyzing it will cost
  leaktrail snapshot heap.hprof -o heap.ltsnap   a small file without contents, to keep and share
  leaktrail heap.hprof --json | jq .findings     for scripts
  leaktrail heap.hprof -o report.md -o heap.pb.gz   several answers in one run
  leaktrail explain kafka.unclosed-clients       more about a finding

FILE is an HPROF dump, plain, .gz, .zst, .bz2 or .xz, or - for standard input:
jcmd PID GC.heap_dump heap.hprof  makes one. Or a snapshot of one.

Commands
  analyze FILE             verdict, findings, what holds the memory (the default: may be left out)
  diff OLD NEW [MORE...]   growth from dump to dump (the default for two files and more)
  histogram FILE           objects, shallow and retained bytes per class, loader or package
  dominators FILE [WHAT]   the dominator tree, of the heap or below an object or class
  path FILE WHAT           shortest path from a GC root, merged for all objects of a class
  loaders FILE             class loaders: dead or alive, what they define, what holds them
  threads FILE [WHAT]      threads: stacks, what they wait for, what their locals hold
  export FILE --out DIR    objects, classes, references and roots as tables for a database
  show FILE WHAT           an object or class: fields, references to it, sizes, roots
  collect --pid N --out DIR   what native can use of a running process: the commands, or --run
  native FILE              memory outside of the heap, with what lies beside the dump
  doctor FILE              format, writer, completeness, cost: without analyzing
  snapshot FILE -o FILE    writes a small file that all commands read, without any contents
  hook --dump FILE         what a JVM runs at an OutOfMemoryError: reports beside the dump
  signatures [TOML...]     the known leaks that are looked for; or checks signature files
  explain [ID]             what a finding means, how it is told, what to do
  completions SHELL        a script that lets bash, zsh or fish complete the words of a command
  man                      the manual page:  leaktrail man | man -l -
`leaktrail COMMAND --help` tells more of each.
)";

// These commands may be left out, so their options belong to the general page, too.
constexpr absl::string_view kReportOptions = R"(
Options of analyze and diff
  --full                  all findings in full, and what else is in the heap or has moved;
                          default: one screen
  --markdown              Markdown for a ticket, at most 60 lines
  --fail-on CONDITION     exit code 1 if it holds, and its figure on stderr; several times for
                          several. A severity (high, medium, low, info: or above), leak, a rule
                          (kafka.unclosed-clients), live>80% (of the maximum heap), live>2GB
  --baseline FILE         an earlier --json report: its findings are known, counted only and no
                          reason to fail; several times for several
  --suppress FILE         findings that nobody needs to hear of, a line for each: fingerprint or
                          rule, perhaps until YYYY-MM-DD, and the reason (docs/scripting.md)
)";

constexpr absl::string_view kDiffOptions = R"(
Options of diff
  --bundle DIR            compare all dumps of a directory and below, in the order of their time
  --by KEY[,KEY...]       tables of what has changed by class, loader-type, package, array-shape,
                          mbean, signature, thread, loader or generation (classes of one name);
                          default: path, what holds it
  -n N|all                rows of each table; default 20
  --fail-on CONDITION     also growth>5%, growth>100MB (live bytes gained from the first dump to the
                          last), 'class:com.acme.* count>+1000', 'class:com.acme.Order bytes>+10%'
                          (any one class that matches; without + what the last dump has)
)";

constexpr absl::string_view kSide = R"(
Options that name files beside the dump, of analyze and native; what each is goes by its contents
  --bundle DIR            all files of a directory and below, the dump too if there is no FILE
  --limit SIZE            of the container: 4Gi, 512m
  --cgroup DIR            memory.max, memory.stat ... of its control group, version 1 or 2
  --nmt F                 jcmd PID VM.native_memory summary, or summary.diff
  --smaps F               /proc/PID/smaps
  --status F              /proc/PID/status
  --metaspace F           jcmd PID VM.metaspace
  --clstats F             jcmd PID VM.classloader_stats
  --heap-info F           jcmd PID GC.heap_info
  --thread-dump F         jcmd PID Thread.print, or jstack
  --vm-flags F            jcmd PID VM.flags, or a command line
  --gc-log F              of JDK 8 or later
  --hs-err F              hs_err_pidN.log
  --jstat F               jstat -gc, -gcutil or -gcmetacapacity
  --flink-conf F          flink-conf.yaml or config.yaml
  --log F                 of a TaskManager, or any with OutOfMemoryErrors
  --pod F                 YAML of a pod or what makes pods
  --spark-conf F          spark-defaults.conf
)";

constexpr absl::string_view kGlobal = R"(
Options of all commands but collect
  --json                  JSON (schema leaktrail/1) instead of text
  -o, --output FILE       also write the answer to FILE, in the format that the ending of its name
                          tells; several times for several. All answers: .txt .json. Tables: .csv
                          .ndjson. Diagrams: .dot .mmd. Of analyze and diff: .html .md, metrics as
                          .prom .om, conditions of --fail-on as .junit.xml. Of analyze, profiles
                          of the dominator tree: .collapsed .pb.gz; of the shortest paths:
                          .paths.collapsed .paths.pb.gz; of both: .speedscope.json. .zst behind any
                          ending compresses. Another name: FORMAT:FILE, as in json:report. Text
                          stays on stdout, but not with -q; -o csv:- sends another format there.
                          FILE appears, with mode 0600, when it is complete; what cannot be written
                          is said before the work
  --deterministic         nothing in the answer tells the time, the machine or a directory: equal
                          dumps give equal bytes
  --config FILE|none      settings instead of those in .leaktrail.toml of this directory or in
                          ~/.config/leaktrail/config.toml (docs/scripting.md); LEAKTRAIL_TIMEOUT
                          and the like in the environment count more than a file
  --strict                exit code 4 if objects are missing from the result (damaged dump)
  --heap N, --dump-index N   which heap dump of a file with several, from 0; default: the last
  --strong-referents      count soft, weak, phantom and final references like ordinary ones, to
                          compare with tools that do
  --show-strings          allow contents of strings (thread names, text) in the output; without it
                          nothing from inside the dump's strings and arrays is printed but names
                          of MBean domains and types, web applications, jars and well-known
                          threads and clients, with their numbers as #
  --signatures DIR        look also for the known leaks that the *.toml files of DIR describe;
                          several times for several; the id of a built-in one replaces that one
  --threads N             threads to use; default: all processors
  --tmp DIR               where pipes are collected and compressed dumps unpacked, except gzip of
                          the JVM's form; default: $TMPDIR, else /tmp
  --max-inflate SIZE      refuse a compressed dump that unpacks to more, such as 200GiB; default:
                          1000 times its size, at least 1GiB
  --timeout DURATION      90s, 10m, 1h30m: what is done by then is the answer, and says what is left
                          out; looked at between passes
  --max-memory SIZE       2GiB: if the graph is estimated to need more (see doctor), exit code 5 at
                          once
  --degrade               of analyze and histogram: where --timeout, --max-memory or the memory that
                          is free do not suffice for the graph, count objects by class instead
  --timings               where the time and memory went, on stderr (with --json: under "timings")
  --color auto|always|never   default auto: on a terminal, unless NO_COLOR is set
  --progress WHEN         auto (on a terminal), always (a line for each phase), never, or json (an
                          object on each line), on stderr
  -q, --quiet             as --progress never, and no notes on stderr; with -o no text on stdout
  -h, --help              this text
  --version               the version

Exit codes: 0 done, whatever was found; 1 a condition of --fail-on holds, or --verify-histogram
found a difference; 2 wrong usage, or no such class or object; 3 a file cannot be read, is no heap
dump, or changes while it is read; 4 the result is partial and --strict was given (and no condition
holds); 5 not enough memory or time; 6 the result could not be written.
)";

constexpr absl::string_view kAnalyze =
    R"(The answer on one screen: is it a leak, who holds it, what does it cost, where to cut.

Examples
  leaktrail heap.hprof
  leaktrail analyze heap.hprof.gz --json > result.json

A file that is named like a command is written with its directory: leaktrail ./histogram
)";

constexpr absl::string_view kDiff =
    R"(What grows from dump to dump, who holds it, and how long until the heap is full.

Examples
  leaktrail old.hprof new.hprof
  leaktrail diff monday.hprof tuesday.hprof wednesday.hprof
  leaktrail diff old.hprof new.hprof --by class -n 50
  leaktrail diff *.hprof --fail-on 'growth>5%' --markdown > ticket.md

The dumps of one program, the oldest first. They are matched by what holds the objects, never by
addresses, which a collector changes: the path from the GC root, with collections as one step and
numbers in names folded. With three dumps and more, only what grows in every step is a finding; two
dumps give a first sight. What filled up once, goes up and down, shrank, is new or gone is listed.
Take all dumps the same way: after a collection (jcmd PID GC.heap_dump does one), from one process.
One dump is in memory at a time.
)";

constexpr absl::string_view kHistogram =
    R"(How many objects of what there are, what they take and what they keep alive.

Examples
  leaktrail histogram heap.hprof
  leaktrail histogram heap.hprof --sort instances -n 50
  leaktrail histogram heap.hprof --by loader
  leaktrail histogram heap.hprof --unreachable
  leaktrail histogram heap.hprof --all
  leaktrail histogram heap.hprof --verify-histogram saved.txt

Rows count the live objects: all that a GC root reaches, also those held only by soft, weak or
finalizer references. Retained is what would go if all objects of the row went, never a sum of
nested sizes.

Options
  --by class|loader|package            default class: one row per class and defining loader
  --sort retained|shallow|instances    default retained
  -n N|all                             rows; default 20
  --unreachable                        the objects that no GC root reaches, instead
  --all                                all objects, like `jmap -histo` without :live: shallow sizes
                                       without retained ones, to the same byte, in a fraction of
                                       the time and memory, because no graph is built
  --verify-histogram SAVED             compare with what `jcmd PID GC.class_histogram` or `jmap
                                       -histo` printed right after the dump (both with -all, or
                                       neither): every class, to the byte; exit code 1 if anything
                                       differs. With --all only with all objects, without the
                                       graph
)";

constexpr absl::string_view kDominators =
    R"(The dominator tree: below each row what would go with it. Biggest first, cut to a screen.

Examples
  leaktrail dominators heap.hprof
  leaktrail dominators heap.hprof @0x7ff012345 --depth 3
  leaktrail dominators heap.hprof com.acme.OrderCache
  leaktrail dominators heap.hprof --min 10MiB -n all

WHAT is an object (@0xID, as other commands print it) or a class, by its full name or the end of
it. For a class: the tree below all its instances together, class by class.

Options
  --depth N             levels below the top; default 12
  --min SHARE|SIZE      leave out what retains less: 1% of the live heap, or 10MiB; default 1%
  --group class|none    class: no single objects, only classes; default none: big objects one by
                        one, small ones together by class (below a class: default class)
  -n N|all              rows; default 30
)";

constexpr absl::string_view kPath = R"(Why something is alive: the shortest path from a GC root.

Examples
  leaktrail path heap.hprof com.acme.OrderCache
  leaktrail path heap.hprof KafkaConsumer
  leaktrail path heap.hprof @0x7ff012345 --include weak

WHAT is an object (@0xID) or a class, by its full name or the end of it. For a class the paths of
all its objects are merged from the roots downward: each step says through how many objects' paths
it leads. Collections are one step: HashMap[value], not table, Node, next.

Options
  --include KINDS       also use these references: soft, finalizer, weak, phantom
  --exclude KINDS       do not use these; default soft,finalizer,weak,phantom
                        The kinds are ordered: including one includes the stronger ones, excluding
                        one the weaker ones.
  -n N|all              lines of the merged tree; default 40
)";

constexpr absl::string_view kLoaders =
    R"(All class loaders: in use or not and how that is known, what they define and keep, what holds them.

Examples
  leaktrail loaders heap.hprof
  leaktrail loaders heap.hprof -n all
  leaktrail loaders heap.hprof --json | jq .groups

First the loaders that should be gone, if there are any: what they cost, and by which routes they
are held, each with the reference to cut, which leads from outside of all dead loaders into what the
loader owns. Then all loaders; more than three of one type, parent and state are one row. Retained
is what would go if the loaders of the row, their classes and all instances of them went. Dead is
what a flag of its container says is not in use any more; replaced is one of many that define the
same classes from the same place, of which only one can be in use. Then class names that several
loaders define, and families of generated classes.

Options
  -n N|all              rows of loaders; default 20. A snapshot file holds the first 256.
)";

constexpr absl::string_view kThreads =
    R"(The threads with their stacks: what they do, what they wait for, what each of their local variables
keeps alive. Threads that do the same are one row.

Examples
  leaktrail threads heap.hprof
  leaktrail threads heap.hprof --by name -n all
  leaktrail threads heap.hprof @0x7ff012345 --full
  leaktrail threads heap.hprof --json | jq '.groups[0].frames'

WHAT is one thread (@0xID) or a class of threads, by its full name or the end of it. First comes the
thread whose OutOfMemoryError made the JVM write the dump, then those that retain most. Retained is
what would go if the threads of the row went. Of a stack the frames outside of the Java platform are
shown, those around them, and those whose locals retain something; below a frame the objects that
its local variables hold. An object that was passed on stands at the outermost frame that has it.
"shared" is what others hold, too: it would stay without the thread. Virtual threads are shown where
the dump has their stacks: mounted ones from JDK 21 on, parked ones from JDK 22 on.

Names of threads are shown where the JVM or a well-known library gives them, with numbers as #;
--show-strings shows all, and the text of strings that locals hold.

Options
  --by stack|name       default stack: one row for threads of one kind of name and one stack; name:
                        one for those of one kind of name, with the stack that most of them have
  --full                all frames and all locals
  -n N|all              rows; default 10
)";

constexpr absl::string_view kShow =
    R"(All about one object or class: its fields and what they refer to, who refers to it, what keeps it
alive and what it keeps alive.

Examples
  leaktrail show heap.hprof @0x7ff012345
  leaktrail show heap.hprof com.acme.OrderCache
  leaktrail show heap.hprof OrderCache -n all --json | jq .referrers

WHAT is an object (@0xID, as other commands print it) or a class, by its full name or the end of it.
Of a class: its static fields, and the instances that retain most. Of an array of objects: the
elements that retain most. Those who refer to the object are counted by class, weak references
apart; the instances of a class are not counted among those who refer to it.

Contents stay in the dump: no strings, no elements of primitive arrays, no characters; and no number
that may be somebody's: boxed ones, dates, UUIDs, hashes, and fields named like a key or a token.
--show-strings shows them, but for the elements of arrays.

Options
  -n N|all              rows of each list; default 20
)";

constexpr absl::string_view kExport =
    R"(The whole graph as tables for databases and scripts: CSV or NDJSON, one file each. They are written
as they are made, however large the dump is. docs/export.md tells the columns.

Examples
  leaktrail export heap.hprof --out tables/
  leaktrail export heap.hprof --out tables/ --format csv.zst
  leaktrail export heap.hprof --out tables/ --tables classes,objects --format ndjson
  cd tables && duckdb -init schema.sql

classes: name, loader, instances. objects: class, sizes, dominator, level of reachability.
references: from object to object. roots: the GC roots, locals with their frame. Objects go by
numbers; their ids are in objects. No contents. Files of the same names are replaced.

Options
  --out DIR             the directory; it is made if it is not there
  --format FORMAT       csv (the default), csv.zst, ndjson or ndjson.zst
  --tables NAME[,...]   default: classes,objects,references,roots
)";

constexpr absl::string_view kNative =
    R"(The memory outside of the heap, as far as the heap tells: for processes that grow or are killed
although their heap is fine.

Examples
  leaktrail native heap.hprof
  leaktrail native heap.hprof -n all --json | jq .direct.owners
  leaktrail native heap.hprof --bundle incident/     with all that lies beside it, one table
  leaktrail native --bundle incident/ --limit 4Gi    without a dump, too
  leaktrail native --nmt nmt.txt --smaps smaps.txt   the same, with files by name

On one screen what stands out and the areas; all there is with --full. "counted" is what the JVM or
a library has booked itself, exact; "reserved" is address space or a budget, of which less may be in
use; a range is an estimate. None of them is resident memory, and they are never added up. Then who
holds the direct buffers; what is open and what is closed of files, sockets, selectors, zlib and
RocksDB; threads, virtual threads; classes by loader; and what Flink keeps. What no heap dump tells
comes last, with what to ask.

Options
  --full                more than one screen: all areas with what may be off, all conclusions, which
                        files were read, what to collect next time
  -n N|all              owners of each kind, and rows of other tables, in the JSON; default 8 and 20
)";

constexpr absl::string_view kCollect =
    R"(The commands that collect from a running process what native --bundle can use: /proc, the control
group, jcmd and jstat. What is cheap and harmless comes first, the heap dump last.

Examples
  leaktrail collect --pid 4711 --out /tmp/incident            prints them
  leaktrail collect --pid 4711 --out /tmp/incident --run      runs them
  leaktrail collect --pid 4711 --out /tmp/incident --run --no-dump

DIR is made, with files that only you can read; nothing is written over, and each file is there when
it is whole (a heap dump is called heap.hprof.part until then). What cannot be collected is said and
left out. Run it where the process runs (in its container), as its user. What is printed is for a
shell there: leaktrail collect --pid 4711 --out DIR | sh. The control group is that of the process.

jcmd sends a signal that ends a process that does not catch it. What is no JVM, or a JVM with -Xrs,
is not asked; nor one that is stopped, or that has not answered within a minute. Native memory
tracking has to be on from the start of the JVM: -XX:NativeMemoryTracking=summary.

Options
  --pid N               the process
  --out DIR             a directory that is not there yet
  --run                 run the commands, do not just print them
  --no-dump             without the heap dump, which stops the process for seconds
  -h, --help            this text

Exit codes: 0 collected, whatever was left out; 2 wrong usage; 3 no such process, or nothing could
be collected; 6 the directory or a file could not be written.
)";

constexpr absl::string_view kDoctor =
    R"(What a file is and what analyzing it will cost, without doing it: reads the table of contents,
the class descriptions and a sample of the heap.

Examples
  leaktrail doctor heap.hprof
  leaktrail doctor heap.hprof --json | jq .estimate
)";

constexpr absl::string_view kSnapshot =
    R"(Writes a snapshot of a dump: a file of about a twentieth of its size that all commands read like
the dump, at once.

Examples
  leaktrail snapshot heap.hprof -o heap-1107.ltsnap
  leaktrail heap-1107.ltsnap
  leaktrail path heap-1107.ltsnap com.acme.OrderCache
  leaktrail heap-1107.ltsnap heap-0312.ltsnap        what grew in between

A snapshot holds the objects, their references, sizes and dominators, names of classes, fields and
methods, the finished report, and the answer of native. It holds no contents: no strings, no values
of fields, no elements of primitive arrays. So it can be kept when the dump is gone, and shared
without sharing data.
Not possible with it: --show-strings, --signatures, --heap, --strong-referents.

Options
  -o, --output FILE     the file to write, with mode 0600; it appears when it is complete
  --force               also if FILE is there already: it is replaced
)";

constexpr absl::string_view kSignatures =
    R"(The known leaks that `leaktrail FILE` looks for; or whether signature files are right.

Examples
  leaktrail signatures
  leaktrail signatures --signatures ./our-signatures
  leaktrail signatures our-signatures/pool.toml

Without files: lists the signatures, built in and of --signatures DIR. With files: checks them, and
lists what is in them. Errors are shown with file, line and column, all of a file at once, and the
exit code is 2. docs/signatures.md tells how to write signatures.
)";

constexpr absl::string_view kExplain =
    R"(What a finding means: what it is, how it is told, when it is a false alarm, what to do.

Examples
  leaktrail explain
  leaktrail explain heap.accumulation
  leaktrail explain kafka.unclosed-clients

ID is the rule of a finding, as the report shows it in brackets. Without ID: all there are.
)";

constexpr absl::string_view kHook =
    R"(What a JVM runs when its heap is full: analyzes the dump that it has just written, and writes
FILE.leaktrail.txt, .md and .json beside it. Made for a JVM that waits, in the same memory limit.

Examples
  java -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/dumps \
       -XX:OnOutOfMemoryError="leaktrail hook --dump /dumps/java_pid%p.hprof" ...
  leaktrail hook --dump /dumps/java_pid7.hprof --out /reports --timeout 30s --max-memory 256MiB

The exit code is always 0; what goes wrong is said on stderr. It works in a process of its own with
the lowest priority, which is the first to go when memory runs out. Where time or memory do not
suffice for the graph, objects are counted by class. A dump is taken once: FILE.leaktrail.state
tells which one that was. docs/hook.md has more.

Options
  --dump FILE           the dump
  --out DIR             where the reports go; default: where the dump is
  --timeout DURATION    default 60s; what does not end by itself is killed soon after
  --max-memory SIZE     default: half of what is free, from 64MiB to 1GiB
)";

constexpr absl::string_view kCompletions =
    R"(A script that lets a shell complete commands, options and their values.

Examples
  source <(leaktrail completions bash)
  leaktrail completions zsh > ~/.zfunc/_leaktrail
  leaktrail completions fish > ~/.config/fish/completions/leaktrail.fish
)";

constexpr absl::string_view kMan = R"(The manual page, made of the pages of --help.

Examples
  leaktrail man | man -l -
  leaktrail man > /usr/local/share/man/man1/leaktrail.1
)";

}  // namespace

const absl::string_view kReportOptionsText = kReportOptions;
const absl::string_view kDiffOptionsText = kDiffOptions;
const absl::string_view kSideOptionsText = kSide;
const absl::string_view kGlobalOptionsText = kGlobal;

absl::string_view HelpPage(Command command) {
  switch (command) {
    case Command::kAnalyze:
      return kAnalyze;
    case Command::kDiff:
      return kDiff;
    case Command::kHistogram:
      return kHistogram;
    case Command::kDominators:
      return kDominators;
    case Command::kPath:
      return kPath;
    case Command::kLoaders:
      return kLoaders;
    case Command::kThreads:
      return kThreads;
    case Command::kShow:
      return kShow;
    case Command::kExport:
      return kExport;
    case Command::kNative:
      return kNative;
    case Command::kCollect:
      return kCollect;
    case Command::kDoctor:
      return kDoctor;
    case Command::kSnapshot:
      return kSnapshot;
    case Command::kHook:
      return kHook;
    case Command::kSignatures:
      return kSignatures;
    case Command::kExplain:
      return kExplain;
    case Command::kCompletions:
      return kCompletions;
    case Command::kMan:
      return kMan;
    case Command::kHelp:
    case Command::kVersion:
      break;
  }
  return kGeneral;
}

}  // namespace leaktrail::cli
