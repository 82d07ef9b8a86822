// What the HTML report can do beyond being read: sort and filter tables, copy commands, drill into
// the dominator tree. All of it only adds to the page; the page sends and loads nothing. Text from
// the dump enters the document as text (textContent, setAttribute) and in no other way.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";

  // An element of HTML with its text and attributes.
  function make(tag, text, attributes) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  }

  function makeSvg(tag, attributes) {
    const element = document.createElementNS(SVG, tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  }

  // ---- copying

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = make("textarea", "", {"aria-hidden": "true", class: "away"});
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject();
  }

  function addCopyButton(block) {
    const text = block.textContent;
    const button = make("button", "Copy", {type: "button"});
    button.addEventListener("click", () => {
      const say = (word) => {
        button.textContent = word;
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      };
      copyText(text).then(() => say("Copied"), () => say("Failed"));
    });
    block.classList.add("copyable");
    block.append(button);
  }

  // ---- tables

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim().toLowerCase()
                                        : Number(cell.dataset.v);
  };

  function sortBy(table, column, descending) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({row, value: valueOf(row, column)}));
    const sign = descending ? -1 : 1;
    rows.sort((a, b) => sign * (typeof a.value === "number" && typeof b.value === "number"
                                    ? a.value - b.value
                                    : String(a.value).localeCompare(String(b.value), "en")));
    body.append(...rows.map((each) => each.row));
  }

  function makeSortable(table) {
    if (table.tBodies[0].rows.length < 2) return;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = make("button", head.textContent, {type: "button"});
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const descending = now ? now !== "descending" : head.classList.contains("number");
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sortBy(table, column, descending);
      });
    });
  }

  // Rows that have every word of the input stay.
  function makeFilterable(frame, table) {
    const rows = Array.from(table.tBodies[0].rows, (row) => ({
      row, text: row.textContent.toLowerCase()
    }));
    const caption = table.caption.textContent;
    const input = make("input", "", {
      type: "search", placeholder: "Filter: words, all of them", "aria-label": "Filter " + caption
    });
    const count = make("span", rows.length + " rows", {class: "note", role: "status"});
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const {row, text} of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) ++shown;
      }
      count.textContent = words.length ? shown + " of " + rows.length + " rows"
                                       : rows.length + " rows";
    });
    const tools = make("div", "", {class: "tools"});
    tools.append(input, count);
    frame.before(tools);
  }

  // The arrow keys go from row to row; Tab enters the table once.
  function makeWalkable(frame, table) {
    const body = table.tBodies[0];
    frame.tabIndex = -1;
    const reachable = () => Array.from(body.rows).filter((row) => !row.hidden);
    for (const row of body.rows) row.tabIndex = -1;
    body.rows[0].tabIndex = 0;
    const go = (row) => {
      if (!row) return;
      for (const each of body.rows) each.tabIndex = -1;
      row.tabIndex = 0;
      row.focus();
    };
    body.addEventListener("keydown", (event) => {
      const row = event.target;
      if (row.tagName !== "TR" || event.altKey || event.ctrlKey || event.metaKey) return;
      const rows = reachable();
      const at = rows.indexOf(row);
      const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1,
                  PageDown: Math.min(at + 12, rows.length - 1),
                  PageUp: Math.max(at - 12, 0)}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      go(rows[to]);
    });
  }

  function prepareTables() {
    for (const frame of document.querySelectorAll(".table")) {
      const table = frame.querySelector("table");
      makeSortable(table);
      if (!frame.classList.contains("long")) continue;
      makeFilterable(frame, table);
      makeWalkable(frame, table);
    }
  }

  // ---- the dominator tree

  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

  // As everywhere in the report: 1,023.97 KiB reads as 1.0 MiB.
  function bytesText(bytes) {
    if (bytes < 1024) return bytes + " B";
    let unit = 1, value = bytes / 1024;
    for (; value >= 1023.95 && unit + 1 < UNITS.length; ++unit) value /= 1024;
    return value.toFixed(1) + " " + UNITS[unit];
  }

  const countText = (count) => count.toLocaleString("en-US");
  const simpleName = (name) => {
    const blank = name.lastIndexOf(" ") + 1;
    return name.slice(0, blank) + name.slice(Math.max(blank, name.lastIndexOf(".") + 1));
  };

  // The rows of the page, depth first, as nodes with parent and children.
  function readTree(data) {
    const top = {name: "live heap", label: "live heap", objects: 0, retained: data.retained,
                 shallow: 0, id: "", folded: 0, hue: "rest", level: -1, parent: null, children: []};
    const path = [top];
    for (const [level, name, objects, retained, shallow, id, folded, hue] of data.rows) {
      const node = {name: data.names[name], objects, retained, shallow, id, folded, hue, level,
                    parent: path[level], children: []};
      node.label = folded ? countText(folded) + " smaller ones"
                          : (id ? "" : countText(objects) + " ") + simpleName(node.name);
      if (folded) node.name = node.label;
      path[level].children.push(node);
      path[level + 1] = node;
    }
    return top;
  }

  class Icicle {
    static ROW = 24;
    static LEVELS = 14;  // below the box in focus
    static LEAST = 1;    // pixels; narrower boxes are not drawn

    constructor(place, data) {
      this.place = place;
      this.file = data.file;
      this.top = readTree(data);
      this.focus = this.selected = this.top;
      this.boxes = new Map();
      this.pen = document.createElement("canvas").getContext("2d");
      this.crumbs = make("div", "", {class: "crumbs"});
      this.svg = makeSvg("svg", {class: "icicle", role: "tree", "aria-label": "Dominator tree"});
      this.frame = makeSvg("rect", {class: "frame", height: Icicle.ROW - 1});
      this.about = make("div", "", {class: "about", role: "status"});
      const keys = make("p", "Click a box to look into it. Keys: arrows walk the tree, Enter looks " +
                             "into a box, Escape goes out again.", {class: "note keys"});
      place.classList.add("drawn");
      place.replaceChildren(this.crumbs, this.svg, keys, this.about);
      this.svg.addEventListener("keydown", (event) => this.press(event));
      this.svg.addEventListener("focusin", (event) => {
        const node = event.target.node;
        if (node && node !== this.selected) this.select(node);
      });
      let width = 0;
      new ResizeObserver(() => {
        if (place.clientWidth === width) return;
        width = place.clientWidth;
        this.draw();
      }).observe(place);
      this.draw();
    }

    draw() {
      this.width = this.place.clientWidth;
      this.pen.font = "12px " + getComputedStyle(this.svg).fontFamily;
      this.boxes.clear();
      this.svg.replaceChildren();
      const above = [];
      for (let node = this.focus.parent; node; node = node.parent) above.unshift(node);
      above.forEach((node, row) => this.addBox(node, 0, row, this.width, "above"));
      // Without recursion: the tree may be deep.
      let last = above.length;
      const waiting = [{node: this.focus, x: 0, row: above.length}];
      while (waiting.length) {
        const {node, x, row} = waiting.pop();
        const width = this.width * (this.focus.retained ? node.retained / this.focus.retained : 0);
        if (width < Icicle.LEAST && node !== this.focus) continue;
        this.addBox(node, x, row, width, "");
        last = Math.max(last, row);
        if (row - above.length >= Icicle.LEVELS) continue;
        let next = x;
        for (const child of node.children) {
          waiting.push({node: child, x: next, row: row + 1});
          next += this.width * (this.focus.retained ? child.retained / this.focus.retained : 0);
        }
      }
      this.svg.append(this.frame);
      this.svg.setAttribute("width", this.width);
      this.svg.setAttribute("height", (last + 1) * Icicle.ROW);
      if (!this.boxes.has(this.selected)) this.selected = this.focus;
      this.mark();
      this.drawCrumbs(above);
      this.describe();
    }

    addBox(node, x, row, width, place) {
      const box = makeSvg("g", {
        class: node.hue + " " + place, role: "treeitem", tabindex: "-1",
        transform: `translate(${x.toFixed(1)} ${row * Icicle.ROW})`,
        "aria-level": node.level + 2, "aria-label": this.sentence(node), "aria-selected": "false"
      });
      const title = makeSvg("title", {});
      title.textContent = this.sentence(node);
      const room = Math.max(width - 1, 1);
      box.append(title, makeSvg("rect", {width: room.toFixed(1), height: Icicle.ROW - 1}));
      const label = this.fit(node.label + "  " + bytesText(node.retained), room - 10) ||
                    this.fit(node.label, room - 10);
      if (label) {
        const text = makeSvg("text", {x: 5, y: 15});
        text.textContent = label;
        box.append(text);
      }
      box.node = node;
      box.addEventListener("click", () => this.look(node));
      this.boxes.set(node, box);
      this.svg.append(box);
    }

    // `text`, or its beginning, in so many pixels; nothing where there is room for nothing.
    fit(text, room) {
      if (room < 18) return "";
      const width = this.pen.measureText(text).width;
      if (width <= room) return text;
      const letters = Math.floor(text.length * room / width) - 1;
      return letters < 3 ? "" : text.slice(0, letters) + "\u2026";
    }

    sentence(node) {
      const share = this.top.retained ? node.retained / this.top.retained : 0;
      return `${node.name}: ${bytesText(node.retained)}, ${(100 * share).toFixed(1)}% of the live heap`;
    }

    look(node) {
      this.selected = node;
      this.focus = node.children.length ? node : node.parent || node;
      const held = this.svg.contains(document.activeElement);
      this.draw();
      if (held) this.boxes.get(this.selected).focus();
    }

    select(node) {
      if (!node) return;
      if (!this.boxes.has(node)) return this.look(node);
      this.selected = node;
      this.mark();
      this.describe();
      this.boxes.get(node).focus();
    }

    // The frame is a box of its own, above all others: a box that were put there would lose the
    // click that has just begun on it.
    mark() {
      for (const [node, box] of this.boxes) {
        const selected = node === this.selected;
        box.setAttribute("aria-selected", selected);
        box.setAttribute("tabindex", selected ? "0" : "-1");
      }
      const box = this.boxes.get(this.selected), rect = box.querySelector("rect");
      this.frame.setAttribute("transform", box.getAttribute("transform"));
      this.frame.setAttribute("width", rect.getAttribute("width"));
    }

    press(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const node = this.selected;
      const row = node.parent ? node.parent.children : [node];
      const at = row.indexOf(node);
      const drawn = (list) => list.find((each) => this.boxes.has(each));
      const actions = {
        ArrowDown: () => this.select(drawn(node.children) || node.children[0]),
        ArrowUp: () => this.select(node.parent),
        ArrowRight: () => this.select(row[at + 1]),
        ArrowLeft: () => this.select(row[at - 1]),
        Home: () => this.look(this.top),
        Enter: () => this.look(node),
        " ": () => this.look(node),
        Escape: () => this.look(this.focus.parent || this.top)
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    }

    drawCrumbs(above) {
      this.crumbs.replaceChildren();
      for (const node of [...above, this.focus]) {
        if (node !== this.top) this.crumbs.append(make("span", "\u203a", {class: "note"}));
        const crumb = make("button", node.label, {type: "button"});
        crumb.addEventListener("click", () => this.look(node));
        this.crumbs.append(crumb);
      }
    }

    describe() {
      const node = this.selected;
      const share = this.top.retained ? node.retained / this.top.retained : 0;
      const figures = [`retains ${bytesText(node.retained)}, ${(100 * share).toFixed(1)}% of the live heap`];
      if (node.objects > 1) figures.push(`${countText(node.objects)} objects`);
      if (node.shallow) figures.push(`${bytesText(node.shallow)} of it themselves`);
      const name = make("p", "");
      name.append(make("code", node.name + (node.id ? " @" + node.id : "")));
      this.about.replaceChildren(name, make("p", figures.join("; "), {class: "note"}));
      if (!node.id) return;
      for (const command of ["path", "dominators"]) {
        const line = make("pre", `leaktrail ${command} ${this.file} @${node.id}`, {class: "command"});
        addCopyButton(line);
        this.about.append(line);
      }
    }
  }

  // ---- the page

  // The section in sight is marked in the navigation.
  function followSections() {
    const links = new Map();
    for (const link of document.querySelectorAll("nav a")) {
      links.set(link.getAttribute("href").slice(1), link);
    }
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen.add(entry.target.id);
        else seen.delete(entry.target.id);
      }
      const first = Array.from(links.keys()).find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    }, {rootMargin: "-10% 0px -60% 0px"});
    for (const id of links.keys()) observer.observe(document.getElementById(id));
  }

  // Paper has nothing to click: what is closed in a finding is opened for it.
  function openForPrint() {
    let opened = [];
    window.addEventListener("beforeprint", () => {
      opened = Array.from(document.querySelectorAll("#memory details:not([open])"));
      for (const each of opened) each.open = true;
    });
    window.addEventListener("afterprint", () => {
      for (const each of opened) each.open = false;
      opened = [];
    });
  }

  for (const block of document.querySelectorAll("pre.command, pre.copy")) addCopyButton(block);
  prepareTables();
  const data = document.getElementById("tree-data");
  if (data) new Icicle(document.getElementById("icicle"), JSON.parse(data.textContent));
  followSections();
  openForPrint();
})();
