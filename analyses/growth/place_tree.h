// The path tree of one dump: every live object at a place, by its shortest path from the roots.
// See dump_summary.h for what a place is.
//
// Which references lead to a place is read from the file where that is cheap or the objects of the
// place above are few; where they are many, a place below has all objects of one class. So a tree
// costs the same whatever a dump looks like. What decides is how many objects there are, so the
// same place may be told apart in one dump and not in another: a place below then has no edge in
// its key, and a comparison takes the coarser view for both.
//
// In a path folded are: the workings of collections into the collection, the array of a String into
// it, an object into the one of its class before it (list nodes), and into the place of its class
// up to kRecurrence places above (trees and mutual recursion; collections from the third on).
// Classes of the JVM's own loaders stand at the top, however they are reached.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analyses/growth/place_names.h"
#include "graph/ranked_paths.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

using PlaceIndex = std::uint32_t;

// Places by what leads to them from the place above.
class PlaceTrie {
 public:
  static constexpr PlaceIndex kNone = 0xffffffff;
  static constexpr std::uint32_t kNoEdge = 0xffffffff;

  struct Key {
    PlaceIndex parent = kNone;
    std::uint32_t name = 0;        // of the class
    std::uint32_t edge = kNoEdge;  // kNoEdge: all references
    bool mirror = false;

    bool operator==(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.parent, key.name, key.edge, key.mirror);
    }
  };
  struct Node {
    Key key;
    graph::ClassIndex c;  // of its first object; of mirrors the class they stand for
    std::uint32_t depth = 0;
    std::uint64_t rank = 0;  // of all that leads here: the same in every dump
    std::uint64_t objects = 0, all_objects = 0;
    std::uint64_t reads = 0;          // of owners' records, to name all references from here
    PlaceIndex coarse = kNone;        // the same place in the trie of the first pass
    std::uint32_t element = kNoEdge;  // name of references from arrays at this place
    std::vector<std::uint32_t> seen;  // names of references to here, where they are no key
  };

  // Makes the place if there is none; kNone if there are too many already.
  PlaceIndex Child(const Key& key, graph::ClassIndex c, std::uint64_t rank_of_step);
  PlaceIndex Find(const Key& key) const;
  Node& operator[](PlaceIndex p) { return nodes_[p]; }
  const Node& operator[](PlaceIndex p) const { return nodes_[p]; }
  PlaceIndex size() const { return static_cast<PlaceIndex>(nodes_.size()); }

 private:
  std::vector<Node> nodes_;
  absl::flat_hash_map<Key, PlaceIndex> by_key_;
};

class PlaceTree {
 public:
  // One breadth-first walk and two passes over the nodes; 8 bytes per node, of which 4 stay.
  explicit PlaceTree(const graph::Snapshot& snapshot);

  const graph::Snapshot& snapshot() const { return snapshot_; }
  const PlaceTrie& trie() const { return trie_; }
  // Of a live object. kNone: unreachable.
  PlaceIndex PlaceOf(graph::ObjectIndex o) const { return paths_->Group(o); }
  // True if `o` is not folded into something else at its place.
  bool IsHead(graph::ObjectIndex o) const { return heads_[o.value()]; }

  // The place below that of `owner` to which its reference to `target` leads.
  PlaceIndex PlaceBy(graph::ObjectIndex owner, graph::ObjectIndex target);
  // As graph::RankedPaths::ForEachSharingReference.
  void ForEachSharingReference(
      const std::function<void(graph::ObjectIndex, graph::ObjectIndex)>& fn) const {
    paths_->ForEachSharingReference(fn);
  }
  // Counts an object that stands elsewhere but is held from `p`, too.
  void CountAlso(PlaceIndex p, graph::ObjectIndex o);

  std::string EdgeOf(PlaceIndex p) const;
  std::string ClassNameOf(PlaceIndex p) const;
  std::string DetailOf(PlaceIndex p) const;

 private:
  // A place below another depends on these alone, as long as references are not told apart.
  struct Step {
    PlaceIndex above = PlaceTrie::kNone;
    std::uint32_t owner_class = 0, object_class = 0;
    PlaceIndex place = PlaceTrie::kNone;
  };
  // And where they are told apart, once their name is known, on these.
  struct FineStep {
    PlaceIndex above = PlaceTrie::kNone, coarse = PlaceTrie::kNone;
    std::uint32_t edge = 0;
    PlaceIndex place = PlaceTrie::kNone;
  };
  static constexpr std::size_t kSteps = 4096;  // remembered

  PlaceIndex CoarsePlace(graph::ObjectIndex o, graph::ObjectIndex parent, PlaceIndex above);
  PlaceIndex FinePlace(graph::ObjectIndex o, graph::ObjectIndex parent, PlaceIndex above,
                       PlaceIndex coarse);
  bool IsTop(graph::ObjectIndex o, graph::ObjectIndex parent) const;
  PlaceIndex Top(PlaceTrie& trie, graph::ObjectIndex o);
  PlaceIndex CoarseBelow(PlaceIndex above, graph::ObjectIndex owner, graph::ObjectIndex o);
  PlaceIndex FineBelow(PlaceIndex above, graph::ObjectIndex owner, graph::ObjectIndex o,
                       PlaceIndex coarse);
  PlaceIndex FineChild(PlaceIndex above, graph::ObjectIndex owner, graph::ObjectIndex o,
                       PlaceIndex coarse);
  bool IsFolded(graph::ObjectIndex owner, graph::ObjectIndex o) const;
  PlaceIndex Recurrence(PlaceIndex above, const PlaceClass& c) const;
  bool TellsApart(PlaceIndex above) const;
  std::uint32_t EdgeNumber(PlaceIndex above, graph::ObjectIndex owner, graph::ObjectIndex o);
  void NoteEdge(PlaceIndex p, PlaceIndex above, graph::ObjectIndex owner, graph::ObjectIndex o);
  void ChooseFew();

  const graph::Snapshot& snapshot_;
  PlaceClasses classes_;
  ReferenceNames references_;
  Texts edges_;
  // Of the first pass, which tells apart only statics, and of the second.
  PlaceTrie coarse_, trie_;
  std::uint64_t few_ = 0;  // up to so many objects at a place, references from it are told apart
  std::unique_ptr<graph::RankedPaths> paths_;
  std::vector<bool> heads_;
  std::vector<Step> steps_ = std::vector<Step>(kSteps);
  std::vector<FineStep> fine_steps_ = std::vector<FineStep>(kSteps);
  std::uint64_t also_reads_ = 0;  // of owners that hold what stands elsewhere
  std::uint64_t notes_ = 0;       // names read for places that are not told apart by them
};

}  // namespace leaktrail::analyses
