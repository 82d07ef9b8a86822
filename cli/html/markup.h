// HTML that cannot be broken by what it shows. A Markup is made of literals of the source code, of
// elements, and of text, which is escaped on its way in: there is no other way to make one, so a
// name in a dump is text wherever it stands.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace leaktrail::cli::html {

// The value is escaped for its quotes; names of a dump need Escape (escape.h) before.
struct Attribute {
  absl::string_view name;
  std::string value;
};

class Markup {
 public:
  Markup() = default;
  // Markup of the source code itself: nothing but a literal fits.
  template <std::size_t N>
  explicit Markup(const char (&literal)[N]) : html_(literal, N - 1) {}

  Markup& operator+=(const Markup& other) {
    html_ += other.html_;
    return *this;
  }
  friend Markup operator+(Markup left, const Markup& right) { return left += right; }

  bool empty() const { return html_.empty(); }
  const std::string& html() const { return html_; }

 private:
  friend Markup Verbatim(absl::string_view);
  friend Markup Element(absl::string_view, const std::vector<Attribute>&, const Markup&);
  friend Markup VoidElement(absl::string_view, const std::vector<Attribute>&);
  friend Markup Script(absl::string_view, const std::vector<Attribute>&, absl::string_view);

  std::string html_;
};

// Raw bytes of a dump, or a sentence with such in it: made visible (Escape), then text.
Markup Text(absl::string_view raw);

// Text that is fit to be shown already, such as several lines of Markdown.
Markup Verbatim(absl::string_view text);

// An element with its content and its end tag; the void ones (meta, rect of SVG) have neither.
Markup Element(absl::string_view tag, const std::vector<Attribute>& attributes,
               const Markup& content);
Markup Element(absl::string_view tag, const Markup& content);
// With a class of the style sheet.
Markup Styled(absl::string_view tag, absl::string_view css_class, const Markup& content);
Markup VoidElement(absl::string_view tag, const std::vector<Attribute>& attributes);

// What a browser takes without looking for markup in it, up to the end tag: a style, a script.
// `content` is a part of the program, or JSON that JsonForScript made.
Markup Script(absl::string_view tag, const std::vector<Attribute>& attributes,
              absl::string_view content);

// JSON, so that no string in it ends the script element it stands in or is a line of its own.
std::string JsonForScript(absl::string_view json);

}  // namespace leaktrail::cli::html
