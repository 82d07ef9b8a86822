// Classes that a program has made at run time, family by family: which there are very many of, what
// defines them and what keeps them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/class_families.h"
#include "analyses/loader_pins.h"
#include "analyses/loader_table.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Of one family, defined by one loader; or each, alone or in twos and threes, by a loader of its
// own.
struct GeneratedFamily {
  ClassFamily family;             // kNone: named alike except for a number
  std::string text;               // "lambdas of com.acme.Shop"
  graph::ClassIndex loader_type;  // none: the boot loader
  bool own_loaders = false;
  std::vector<graph::ClassIndex> classes;
  std::vector<LoaderIndex> loaders;  // that define them, if own_loaders
  std::uint64_t threshold = 0;       // more than so many are too many

  // What counts: the loaders if they are many, else the classes.
  std::uint64_t count() const { return own_loaders ? loaders.size() : classes.size(); }
  bool too_many() const { return count() > threshold; }
};

// From this many members on a family is listed, once another one is too large.
inline constexpr std::uint64_t kLeastListedFamily = 200;

// False if no family can have as many: by names and numbers alone, without looking at any object.
bool MayHaveLargeFamilies(const graph::Snapshot& snapshot);

// The families that have at least kLeastListedFamily members, most classes first. `leaked`: loaders
// that another rule tells about; what they and loaders below them define is left out. Linear in the
// classes.
std::vector<GeneratedFamily> FindGeneratedFamilies(const graph::Snapshot& snapshot,
                                                   const LoaderTable& loaders,
                                                   const std::vector<bool>& leaked);

}  // namespace leaktrail::analyses
