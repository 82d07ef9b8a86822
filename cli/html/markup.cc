#include "cli/html/markup.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/escape.h"

namespace leaktrail::cli::html {
namespace {

std::string EscapeMarkup(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string StartTag(absl::string_view tag, const std::vector<Attribute>& attributes) {
  std::string out = absl::StrCat("<", tag);
  for (const Attribute& attribute : attributes) {
    if (attribute.name == "class" && attribute.value.empty()) continue;
    absl::StrAppend(&out, " ", attribute.name, "=\"", EscapeMarkup(attribute.value), "\"");
  }
  return absl::StrCat(out, ">");
}

// That stand on lines of their own, so that the source of the page can be read.
bool IsBlock(absl::string_view tag) {
  for (const char* block : {"section", "article", "tr", "li", "p", "h2", "h3", "dl", "nav",
                            "header", "footer", "main", "details", "thead", "tbody"}) {
    if (tag == block) return true;
  }
  return false;
}

}  // namespace

Markup Verbatim(absl::string_view text) {
  Markup markup;
  markup.html_ = EscapeMarkup(text);
  return markup;
}

Markup Text(absl::string_view raw) { return Verbatim(Escape(raw)); }

Markup Element(absl::string_view tag, const std::vector<Attribute>& attributes,
               const Markup& content) {
  Markup markup;
  markup.html_ = absl::StrCat(StartTag(tag, attributes), content.html_, "</", tag, ">",
                              IsBlock(tag) ? "\n" : "");
  return markup;
}

Markup Element(absl::string_view tag, const Markup& content) {
  return Element(tag, std::vector<Attribute>(), content);
}

Markup Styled(absl::string_view tag, absl::string_view css_class, const Markup& content) {
  return Element(tag, {{"class", std::string(css_class)}}, content);
}

Markup VoidElement(absl::string_view tag, const std::vector<Attribute>& attributes) {
  Markup markup;
  markup.html_ = StartTag(tag, attributes);
  return markup;
}

Markup Script(absl::string_view tag, const std::vector<Attribute>& attributes,
              absl::string_view content) {
  Markup markup;
  markup.html_ = absl::StrCat(StartTag(tag, attributes), content, "</", tag, ">\n");
  return markup;
}

std::string JsonForScript(absl::string_view json) {
  return absl::StrReplaceAll(json, {{"<", "\\u003c"},
                                    {">", "\\u003e"},
                                    {"&", "\\u0026"},
                                    {"\xe2\x80\xa8", "\\u2028"},
                                    {"\xe2\x80\xa9", "\\u2029"}});
}

}  // namespace leaktrail::cli::html
