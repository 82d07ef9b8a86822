#include "analyses/class_matches.h"

#include <algorithm>

#include "analyses/instances.h"

namespace leaktrail::analyses {

using graph::ClassIndex;

namespace {

absl::string_view LastElement(absl::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == absl::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

ClassMatches::ClassMatches(const graph::ClassTable& classes,
                           const absl::flat_hash_set<std::string>& suffixes) {
  absl::flat_hash_map<absl::string_view, std::vector<absl::string_view>> by_last_element;
  for (const std::string& suffix : suffixes) {
    matches_[suffix];
    by_last_element[LastElement(suffix)].push_back(suffix);
  }
  // Classes that are meant themselves, with the entries they are in.
  absl::flat_hash_map<ClassIndex, std::vector<Match*>> meant;
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    const auto candidates = by_last_element.find(LastElement(classes.Name(c)));
    if (candidates == by_last_element.end()) continue;
    for (absl::string_view suffix : candidates->second) {
      if (!HasSuffix(classes.Name(c), suffix)) continue;
      Match& match = matches_.find(suffix)->second;
      match.exact.push_back(c);
      meant[c].push_back(&match);
    }
  }
  if (meant.empty()) return;
  std::vector<bool> is_meant(classes.size());
  for (const auto& [c, entries] : meant) is_meant[c.value()] = true;
  constexpr int kMaxDepth = 64;  // super class chains are acyclic, but not always short
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    ClassIndex ancestor(i);
    for (int depth = 0; ancestor.valid() && depth < kMaxDepth;
         ancestor = classes[ancestor].super, ++depth) {
      if (!is_meant[ancestor.value()]) continue;
      for (Match* match : meant.find(ancestor)->second) {
        if (match->all.empty() || match->all.back() != ClassIndex(i)) {
          match->all.push_back(ClassIndex(i));
        }
      }
    }
  }
}

std::span<const ClassIndex> ClassMatches::Exact(absl::string_view suffix) const {
  const auto found = matches_.find(suffix);
  if (found == matches_.end()) return {};
  return found->second.exact;
}

std::span<const ClassIndex> ClassMatches::WithSubclasses(absl::string_view suffix) const {
  const auto found = matches_.find(suffix);
  if (found == matches_.end()) return {};
  return found->second.all;
}

bool ClassMatches::IsA(ClassIndex c, absl::string_view suffix) const {
  const auto all = WithSubclasses(suffix);
  return std::binary_search(all.begin(), all.end(), c);
}

}  // namespace leaktrail::analyses
