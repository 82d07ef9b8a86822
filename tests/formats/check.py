#!/usr/bin/env python3
"""check.py NAME TOOL SOURCE-DIRECTORY: one of the checks below. It runs the tool on fixtures and reads
what it writes with other programs' parsers, and compares the figures with those of the JSON answer.
Exit code 1 and one line per error; 77 and the reason if it cannot be done here."""

import collections
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

NAME, TOOL, SOURCE = sys.argv[1:4]
DUMPS = os.path.join(SOURCE, "fixtures", "dumps")
ERRORS = []


def expect(condition, message):
    if not condition:
        ERRORS.append(message)


def dump(name):
    return os.path.join(DUMPS, name + ".hprof.zst")


def run(*words, codes=(0,)):
    result = subprocess.run([TOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    expect(result.returncode in codes, f"{words}: exit code {result.returncode}: {result.stderr}")
    return result.stdout


def answers(words, endings, codes=(0,)):
    """The bytes that one run writes for each ending, and its answer as JSON."""
    with tempfile.TemporaryDirectory() as directory:
        paths = {ending: os.path.join(directory, "answer" + ending) for ending in endings}
        outputs = [word for path in paths.values() for word in ("-o", path)]
        answer = run(*words, "--json", *outputs, codes=codes)
        files = {}
        for ending, path in paths.items():
            expect(os.stat(path).st_mode & 0o777 == 0o600, f"{path} can be read by others")
            with open(path, "rb") as file:
                files[ending] = file.read()
    return files, json.loads(answer)


COMMANDS = [
    ["analyze", dump("kafka-consumers-unclosed")],
    ["analyze", dump("healthy-service-jdk25")],
    ["analyze", dump("flink-sliding-windows")],
    ["analyze", dump("kafka-consumers-unclosed"), "--bundle",
     os.path.join(SOURCE, "fixtures", "sidefiles", "jdk17-leaky")],
    ["histogram", dump("growing-cache")],
    ["histogram", dump("growing-cache"), "--by", "loader"],
    ["histogram", dump("growing-cache"), "--by", "package", "--unreachable"],
    ["histogram", dump("growing-cache"), "--all"],
    ["histogram", dump("growing-cache"), "--all", "--by", "package", "--sort", "instances"],
    ["histogram", dump("growing-cache"), "--verify-histogram",
     os.path.join(DUMPS, "growing-cache.histogram.txt")],
    ["histogram", dump("growing-cache"), "--all", "--verify-histogram",
     os.path.join(DUMPS, "growing-cache.histogram.txt")],
    ["dominators", dump("growing-cache")],
    ["dominators", dump("kafka-consumers-unclosed"), "Selector", "--min", "0.1%"],
    ["path", dump("kafka-consumers-unclosed"), "org.apache.kafka.common.network.Selector"],
    ["path", dump("frame-locals"), "java.lang.String", "--include", "weak"],
    ["loaders", dump("tomcat-redeploys")],
    ["loaders", dump("loader-routes-jdk25")],
    ["threads", dump("many-threads-jdk25"), "-n", "all"],
    ["threads", dump("virtual-threads-jdk25"), "--by", "name"],
    ["threads", dump("frame-locals"), "--full"],
    ["show", dump("growing-cache"), "java.util.HashMap", "-n", "5"],
    ["show", dump("tomcat-redeploys"), "org.apache.catalina.loader.ParallelWebappClassLoader"],
    ["native", dump("direct-buffers-jdk25")],
    ["native", dump("flink-taskmanager-memory")],
    ["native", dump("open-handles")],
    ["native", dump("virtual-threads-jdk25")],
    ["native", dump("netty-buffers-forgotten")],
    ["native", "--bundle", os.path.join(SOURCE, "fixtures", "sidefiles", "jdk17-leaky")],
    ["native", "--bundle", os.path.join(SOURCE, "fixtures", "sidefiles", "jdk25-leaky")],
    ["doctor", dump("growing-cache")],
    ["diff", dump("series-cache-1"), dump("series-cache-2"), dump("series-cache-3")],
    ["diff", dump("series-kafka-1"), dump("series-kafka-3"), "--by", "class,mbean,array-shape"],
    ["diff", dump("series-loaders-1"), dump("series-loaders-2"), dump("series-loaders-3")],
    ["diff", dump("growing-cache"), dump("growing-cache")],
]


def check_json():
    try:
        import json_schema
    except ImportError as error:
        print(f"{error}: needs the Debian package python3-jsonschema")
        sys.exit(77)
    schema = json_schema.Answers(os.path.join(SOURCE, "docs", "schema", "leaktrail-1.schema.json"))

    def judge(name, text):
        for error in schema.errors(text)[:10]:
            ERRORS.append(f"{name}: {error}")

    golden = os.path.join(SOURCE, "tests", "golden")
    for name in sorted(os.listdir(golden)):
        if name.endswith(".json") and not name.endswith(".speedscope.json"):
            with open(os.path.join(golden, name), encoding="utf-8") as file:
                judge(name, file.read())
    for words in COMMANDS:
        judge(words, run(*words, "--json", "--timings", codes=(0, 1)))
    for words in (["--version"], ["explain"], ["explain", "heap.accumulation"], ["signatures"]):
        judge(words, run(*words, "--json"))
    with tempfile.TemporaryDirectory() as directory:
        snapshot = os.path.join(directory, "a.ltsnap")
        judge("snapshot", run("snapshot", dump("growing-cache"), "-o", snapshot, "--json"))
        judge("doctor of it", run("doctor", snapshot, "--json"))
        judge("analyze of it", run(snapshot, "--json"))
        with open(dump("growing-cache"), "rb") as file:
            start = subprocess.run(["zstd", "-dcq"], stdin=file, stdout=subprocess.PIPE).stdout
        cut = os.path.join(directory, "cut.hprof")
        with open(cut, "wb") as file:
            file.write(start[: len(start) * 2 // 3])
        for command in ("analyze", "doctor", "histogram", "loaders"):
            judge("cut " + command, run(command, cut, "--json"))
        tables = os.path.join(directory, "tables")
        judge("export", run("export", dump("growing-cache"), "--out", tables, "--json"))
        for command in ("analyze", "histogram"):
            words = [command, dump("growing-cache"), "--max-memory", "1MiB", "--degrade"]
            judge(words, run(*words, "--json"))
        leak = dump("kafka-consumers-unclosed")
        baseline = os.path.join(directory, "baseline.json")
        run(leak, "-q", "-o", baseline)
        judge("known", run(leak, "--baseline", baseline, "--json"))
        suppressions = os.path.join(directory, "known.txt")
        with open(suppressions, "w", encoding="utf-8") as file:
            file.write("kafka.unclosed-clients until 2999-12-31 known since May\n")
        judge("suppressed", run(leak, "--suppress", suppressions, "--json"))
    # The schema is no yes-man.
    broken = json.loads(run("histogram", dump("growing-cache"), "--json"))
    broken["rows"][0]["shallow"] = "many"
    expect(schema.errors(json.dumps(broken)), "a string where bytes belong is not seen")


def check_deterministic():
    """Neither threads nor the place of the file change a byte."""
    endings = {"analyze": [".txt", ".md", ".csv", ".ndjson", ".dot", ".mmd", ".collapsed", ".pb.gz",
                           ".paths.collapsed", ".speedscope.json", ".prom", ".om", ".html"],
               "diff": [".txt", ".md", ".html", ".csv", ".prom"]}
    with tempfile.TemporaryDirectory() as directory:
        for words in COMMANDS:
            if "--bundle" in words or "--verify-histogram" in words:
                continue
            moved = []
            for word in words:
                if word.startswith(DUMPS):
                    copy = os.path.join(directory, os.path.basename(word))
                    if not os.path.exists(copy):
                        os.symlink(word, copy)
                    word = copy
                moved.append(word)
            wanted = endings.get(words[0], [".txt"] if words[0] != "doctor" else [])
            one = answers([*words, "--deterministic", "--threads", "1"], wanted)
            two = answers([*moved, "--deterministic", "--threads", "2", "--timings"], wanted)
            expect(one[1] == two[1], f"{words}: JSON differs")
            for ending in wanted:
                expect(one[0][ending] == two[0][ending], f"{words}: {ending} differs")


def rows_of_csv(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def same_cell(in_csv, in_json):
    if in_json is None:
        return in_csv == ""
    if isinstance(in_json, bool):
        return in_csv == ("true" if in_json else "false")
    if isinstance(in_json, int):
        return in_csv == str(in_json)
    return in_csv.lstrip("'") == in_json.replace("\\", "\\\\").lstrip("'")


def check_tables():
    sizes = {}
    for words in COMMANDS:
        if words[0] in ("native", "doctor", "show") or "--verify-histogram" in words:
            continue
        files, answer = answers(words, [".csv", ".ndjson", ".csv.zst"])
        table = rows_of_csv(files[".csv"])
        lines = [json.loads(line) for line in files[".ndjson"].decode("ascii").splitlines()]
        expect(len(table) == len(lines), f"{words}: {len(table)} rows of CSV, {len(lines)} lines")
        for row, line in zip(table, lines):
            expect(list(row) == list(line), f"{words}: columns {list(row)} and {list(line)}")
            for column in row:
                expect(same_cell(row[column], line[column]),
                       f"{words}: {column}: {row[column]!r} and {line[column]!r}")
        packed = subprocess.run(["zstd", "-dcq"], input=files[".csv.zst"], stdout=subprocess.PIPE)
        expect(packed.stdout == files[".csv"], f"{words}: .csv.zst differs")
        sizes[tuple(words)] = len(lines)
        # The rows of the JSON answer, which other tests compare with other truths.
        if words[0] in ("histogram", "dominators", "loaders"):
            pairs = list(zip(lines, answer["rows"]))
            expect(len(lines) == len(answer["rows"]), f"{words}: rows are missing")
            for line, row in pairs:
                for key, value in row.items():
                    if key in line:
                        expect((line[key] or "") == (value or "") or line[key] == value,
                               f"{words}: {key}: {line[key]!r} for {value!r}")
        if words[0] == "threads":
            expect([line["retained"] for line in lines]
                   == [group["retained"] for group in answer["groups"]], f"{words}: other threads")
        if words[0] == "analyze":
            expect([line["fingerprint"] for line in lines]
                   == [finding["fingerprint"] for finding in answer["findings"]],
                   f"{words}: other findings")
            for line, finding in zip(lines, answer["findings"]):
                cut = [step for step in finding["path"] if step.get("faulty")]
                expect(bool(cut) == (line["cut"] is not None), f"{words}: {line['cut']}")
        if words[0] == "diff" and "--by" not in words:
            wanted = [finding["bytes"]["gained"] for finding in answer["findings"]]
            got = [line["bytes_gained"] for line in lines if line["rule"]]
            expect(set(wanted) <= set(got), f"{words}: {wanted} are not in {got}")
    expect(sum(sizes.values()) > 100, f"hardly any rows: {sizes}")


def stacks_of_collapsed(data):
    stacks = collections.Counter()
    for line in data.decode("utf-8").splitlines():
        stack, weight = line.rsplit(" ", 1)
        expect(stack not in stacks, f"twice: {stack}")
        expect(all(stack.split(";")), f"a frame without a name: {line}")
        stacks[stack] += int(weight)
    return stacks


def stacks_of_speedscope(data, name):
    profile = json.loads(data)
    frames = [frame["name"] for frame in profile["shared"]["frames"]]
    found = [each for each in profile["profiles"] if each["name"] == name]
    expect(len(found) == 1, f"{len(found)} profiles {name}")
    each = found[0]
    expect(set(each) == {"type", "name", "unit", "startValue", "endValue", "samples", "weights"},
           f"fields {sorted(each)}")
    expect(each["type"] == "sampled" and each["unit"] in ("bytes", "none"), "type or unit")
    expect(len(each["samples"]) == len(each["weights"]), "samples without weights")
    expect(each["endValue"] - each["startValue"] == sum(each["weights"]), "the end is not the sum")
    stacks = collections.Counter()
    for sample, weight in zip(each["samples"], each["weights"]):
        stacks[";".join(frames[frame].replace(";", ",") for frame in sample)] += weight
    return stacks


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def message(data):
    """A protocol buffer: by field number, the values in their order."""
    fields = collections.defaultdict(list)
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            expect(key & 7 == 2, f"wire type {key & 7}")
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        fields[key >> 3].append(value)
    return fields


def packed(data):
    numbers, at = [], 0
    while at < len(data):
        number, at = varint(data, at)
        numbers.append(number)
    return numbers


def stacks_of_pprof(data, index):
    profile = message(gzip.decompress(data))
    texts = [text.decode("utf-8") for text in profile[6]]
    expect(texts[0] == "", "the first string is not empty")
    functions = {}
    for each in map(message, profile[5]):
        functions[each[1][0]] = texts[each[2][0]]
    locations = {}
    for each in map(message, profile[4]):
        locations[each[1][0]] = functions[message(each[4][0])[1][0]]
    types = [[texts[each[1][0]], texts[each[2][0]]] for each in map(message, profile[1])]
    expect(types == [["objects", "count"], ["bytes", "bytes"]], f"sample types {types}")
    expect(texts[profile[14][0]] == "bytes", "default sample type")
    stacks = collections.Counter()
    for sample in map(message, profile[2]):
        names = [locations[each].replace(";", ",") for each in reversed(packed(sample[1][0]))]
        weight = packed(sample[2][0])[index]
        if weight:
            stacks[";".join(names)] += weight
    return stacks


def check_profiles():
    endings = [".collapsed", ".objects.collapsed", ".paths.collapsed", ".paths.objects.collapsed.txt",
               ".speedscope.json", ".pb.gz", ".paths.pb.gz"]
    for name in ("kafka-consumers-unclosed", "tomcat-redeploys", "virtual-threads-jdk25"):
        files, answer = answers(["analyze", dump(name)], endings)
        live, objects = answer["memory"]["live"], answer["memory"]["live_objects"]
        for tree, prefix in (("dominators", ""), ("shortest paths", ".paths")):
            bytes_file = stacks_of_collapsed(files[prefix + ".collapsed"])
            ending = ".objects.collapsed" + (".txt" if prefix else "")
            objects_file = stacks_of_collapsed(files[prefix + ending])
            expect(sum(bytes_file.values()) == live, f"{name}: {tree}: {sum(bytes_file.values())} of {live} bytes")
            expect(sum(objects_file.values()) == objects, f"{name}: {tree}: objects")
            expect(len(bytes_file) > 50, f"{name}: only {len(bytes_file)} stacks")
            speedscope = files[".speedscope.json"]
            expect(stacks_of_speedscope(speedscope, tree + ", bytes") == bytes_file, f"{name}: speedscope, {tree}")
            expect(stacks_of_speedscope(speedscope, tree + ", objects") == objects_file, f"{name}: speedscope, {tree}")
            pprof = files[prefix + ".pb.gz"]
            expect(stacks_of_pprof(pprof, 1) == bytes_file, f"{name}: pprof, {tree}, bytes")
            expect(stacks_of_pprof(pprof, 0) == objects_file, f"{name}: pprof, {tree}, objects")
        # What the frames of a stack weigh is what the dominator tree says that they retain.
        tree = json.loads(run("dominators", dump(name), "--json", "--depth", "0", "-n", "all",
                              "--min", "1%", "--group", "class"))
        wanted = collections.Counter()
        for row in tree["rows"]:
            if "class" in row:
                wanted[row["class"]] += row["retained"]
        tops = collections.Counter()
        for stack, weight in stacks_of_collapsed(files[".collapsed"]).items():
            tops[stack.split(";")[0]] += weight
        for top, retained in wanted.items():
            expect(tops[top] == retained, f"{name}: {top}: {tops[top]} for {retained}")
        expect(len(wanted) > 2, f"{name}: hardly anything to compare: {wanted}")


QUOTED = r'"(?:[^"\\\n]|\\.)*"'
DOT_LINES = [
    r"digraph leaktrail \{", r"\}",
    rf"  graph \[rankdir=TB, labelloc=t, label={QUOTED}, fontname=\"sans-serif\"\];",
    r'  (?:node|edge) \[[a-z0-9=, "-]*\];',
    rf"  n\d+ \[label={QUOTED}(?:, shape=ellipse, style=solid)?\];",
    rf"  n\d+ -> n\d+ \[label={QUOTED}(?:, color=red, penwidth=3)?\];",
]
SAFE = r'(?:[^"#&<>`*_~|\\;{}\[\]()]|#\d+;|<br/>)*'
MERMAID_LINES = [
    r"%% [^{]*", r"flowchart TD", rf'  n\d+\(?\["{SAFE}"\]\)?',
    rf'  n\d+ (?:==|--)>(?:\|"{SAFE}"\|)? n\d+', r"  linkStyle \d+ stroke:#c00,stroke-width:3px",
]


def check_diagrams():
    for words in COMMANDS:
        if words[0] not in ("analyze", "path", "dominators"):
            continue
        files, answer = answers(words, [".dot", ".mmd"])
        for ending, forms in ((".dot", DOT_LINES), (".mmd", MERMAID_LINES)):
            text = files[ending].decode("utf-8")
            for line in text.splitlines():
                expect(any(re.fullmatch(form, line) for form in forms), f"{words}: {ending}: {line}")
            nodes = re.findall(r"^  (n\d+)[ (\[]+(?:label=)?\"", text, re.M)
            edges = re.findall(r"^  (n\d+) (?:->|(?:==|--)>(?:\|.*\|)?) (n\d+)", text, re.M)
            expect(len(nodes) == len(set(nodes)) and nodes, f"{words}: nodes {nodes}")
            for one, other in edges:
                expect(one in nodes and other in nodes, f"{words}: {one} to {other}")
            expect(text.count("CUT HERE") == text.count("color=red") + text.count("linkStyle"), "marks")
            if words[0] == "path" and "branches" in answer:
                expect(len(nodes) == len(answer["branches"]), f"{words}: {len(nodes)} nodes")
            if words[0] == "dominators":
                below = sum(row["level"] > 0 for row in answer["rows"])
                expect(len(nodes) == len(answer["rows"]), f"{words}: {len(nodes)} nodes")
                expect(len(edges) == below, f"{words}: {len(edges)} edges")
            if words[0] == "analyze" and any(finding["path"] for finding in answer["findings"]):
                finding = next(each for each in answer["findings"] if each["path"])
                faulty = sum(step.get("faulty", False) for step in finding["path"])
                expect(text.count("CUT HERE") == faulty, f"{words}: {faulty} to cut")
                expect(len(edges) >= len(finding["path"]) - 1, f"{words}: steps are missing")


def check_metrics():
    try:
        from prometheus_client import openmetrics, parser
        import prometheus_client.openmetrics.parser
    except ImportError as error:
        print(f"{error}: needs the Debian package python3-prometheus-client")
        sys.exit(77)
    for words in COMMANDS:
        if words[0] not in ("analyze", "diff"):
            continue
        files, answer = answers(words, [".prom", ".om"])
        expect(files[".om"].endswith(b"# EOF\n"), "no end")
        expect(files[".prom"].endswith(b"\n") and b"# EOF" not in files[".prom"], "end")
        seen = []
        for text, parse in ((files[".prom"], parser.text_string_to_metric_families),
                            (files[".om"], openmetrics.parser.text_string_to_metric_families)):
            samples = {}
            for family in parse(text.decode("utf-8")):
                for sample in family.samples:
                    key = (sample.name, tuple(sorted(sample.labels.items())))
                    expect(key not in samples, f"{words}: twice: {key}")
                    samples[key] = sample.value
            seen.append(samples)
        expect(seen[0] == seen[1], f"{words}: the two files differ")
        samples = seen[0]
        last = answer["memory"] if words[0] == "analyze" else answer["dumps"][-1]
        expect(samples[("leaktrail_heap_live_bytes", ())] == last["live"], f"{words}: live")
        by_severity = collections.Counter(finding["severity"] for finding in answer["findings"])
        for severity in ("info", "low", "medium", "high"):
            key = ("leaktrail_findings", (("severity", severity),))
            expect(samples[key] == by_severity[severity], f"{words}: {key}")
        if words[0] == "analyze":
            for finding in answer["findings"]:
                key = ("leaktrail_finding_retained_bytes",
                       (("fingerprint", finding["fingerprint"]), ("rule", finding["rule"]),
                        ("severity", finding["severity"])))
                expect(samples[key] >= finding["retained"], f"{words}: {key}")
            expect(samples[("leaktrail_verdict", (("verdict", answer["verdict"]),))] == 1, "verdict")
        else:
            expect(samples[("leaktrail_growth_live_bytes", ())] == answer["live"]["gained"], "growth")


def check_junit():
    cases = [
        (["analyze", dump("kafka-consumers-unclosed"), "--fail-on", "leak", "--fail-on", "live>99%",
          "--fail-on", "kafka.unclosed-clients"], {"leak": "failure", "live>99%": None,
                                                   "kafka.unclosed-clients": "failure"}),
        (["analyze", dump("healthy-service"), "--fail-on", "high"], {"high": None}),
        (["diff", dump("series-cache-1"), dump("series-cache-3"), "--fail-on", "growth>5%",
          "--fail-on", "class:no.such.Class count>+1"],
         {"growth>5%": "failure", "class:no.such.Class count>+1": "skipped"}),
    ]
    for words, wanted in cases:
        files, _ = answers(words, [".junit.xml"], codes=(0, 1))
        suites = xml.etree.ElementTree.fromstring(files[".junit.xml"])
        expect(suites.tag == "testsuites" and len(suites) == 1, "one suite")
        suite = suites[0]
        got = {}
        for case in suite.iter("testcase"):
            got[case.get("name")] = case[0].tag if len(case) else None
            if len(case):
                expect(case[0].get("message"), f"{words}: no message")
        expect(got == wanted, f"{words}: {got}")
        for count, tag in (("failures", "failure"), ("skipped", "skipped")):
            number = sum(value == tag for value in wanted.values())
            expect(suite.get(count) == str(number), f"{words}: {count} is {suite.get(count)}")
        expect(suite.get("tests") == str(len(wanted)), f"{words}: tests")
    run("analyze", dump("healthy-service"), "-o", "junit:-", codes=(2,))


def check_hostile():
    """Whatever its classes are called, an answer is read as one, and nothing gets out of its cell."""
    import hostile_dump

    endings = [".txt", ".md", ".html", ".json", ".csv", ".ndjson", ".dot", ".mmd", ".collapsed",
               ".objects.collapsed", ".paths.collapsed", ".speedscope.json", ".pb.gz", ".prom",
               ".om", ".junit.xml"]
    few = [".txt", ".json", ".csv", ".ndjson", ".dot", ".mmd"]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "=hostile\"<b>.hprof")
        with open(path, "wb") as file:
            file.write(hostile_dump.hostile_dump())
        runs = [answers(words, wanted, codes=(0, 1))[0] for words, wanted in (
            (["analyze", path, "--fail-on", "info", "--fail-on", "live>1B", "--full"], endings),
            (["dominators", path], few), (["path", path, "@0x200000"], few),
            (["histogram", path], few[:4]), (["loaders", path], few[:4]))]
        for files in runs:
            for ending, data in files.items():
                text = (gzip.decompress(data) if ending == ".pb.gz" else data).decode(
                    "latin-1" if ending == ".pb.gz" else "utf-8")
                expect(hostile_dump.SECRET.decode() not in text, f"{ending}: a secret")
                if ending != ".pb.gz":
                    bad = [c for c in text if (c < " " and c != "\n") or c in "\u202e\uffff\x7f"]
                    expect(not bad, f"{ending}: {bad[:5]}")
            table = list(csv.reader(io.StringIO(files[".csv"].decode("utf-8"), newline="")))
            expect(len({len(row) for row in table}) == 1, "rows of CSV with other columns")
            formulas = [cell for row in table for cell in row
                        if cell[:1] in ("=", "+", "@") or (cell[:1] == "-" and not cell[1:].isdigit())]
            expect(not formulas, f"formulas: {formulas[:3]}")
            for line in files[".ndjson"].splitlines():
                json.loads(line)
            for ending, forms in ((".dot", DOT_LINES), (".mmd", MERMAID_LINES)):
                for line in files.get(ending, b"").decode("utf-8").splitlines():
                    expect(any(re.fullmatch(form, line) for form in forms), f"{ending}: {line}")
        files = runs[0]
        suites = xml.etree.ElementTree.fromstring(files[".junit.xml"])
        expect(len(list(suites.iter("testcase"))) == 2, "test cases")
        stacks = stacks_of_collapsed(files[".collapsed"])
        expect(stacks_of_pprof(files[".pb.gz"], 1) == stacks, "pprof")
        expect(stacks_of_speedscope(files[".speedscope.json"], "dominators, bytes") == stacks,
               "speedscope")
        for ending in (".prom", ".om"):
            for line in files[ending].decode("utf-8").splitlines():
                form = r'# .*|leaktrail_[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})? -?\d+'
                expect(re.fullmatch(form, line), f"{ending}: {line}")


CHECKS = {"json": check_json, "deterministic": check_deterministic, "tables": check_tables,
          "profiles": check_profiles, "diagrams": check_diagrams, "metrics": check_metrics,
          "junit": check_junit, "hostile": check_hostile}
CHECKS[NAME]()
for problem in ERRORS[:40]:
    print(problem)
sys.exit(1 if ERRORS else 0)
