// Which findings become one, and which must not: the rules that decide the verdict.
#include "analyses/merge_findings.h"

#include <gtest/gtest.h>

#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Claim;
using analyses::Finding;
using analyses::Knowledge;
using analyses::Severity;
using graph::ObjectIndex;

// A holder with a list of 50 boxes, each with its array.
struct Boxes {
  Boxes() {
    const Id box = heap.App("com.acme.Box").Field("data", kObject);
    std::vector<Id> boxes;
    for (int i = 0; i < 50; ++i) {
      arrays.push_back(heap.dump.PrimitiveArray(kByte, 100));
      boxes.push_back(heap.dump.Instance(box, {arrays.back()}));
    }
    box_ids = boxes;
    list = heap.List(boxes);
    heap.App("com.acme.Main").Static("boxes", kObject, list);
    snapshot = SnapshotOf(heap.dump);
  }
  Finding About(const std::vector<Id>& ids, Knowledge knowledge, Claim claim,
                std::uint64_t retained) const {
    Finding finding;
    finding.rule = absl::StrCat("rule", static_cast<int>(knowledge), static_cast<int>(claim));
    finding.knowledge = knowledge;
    finding.claim = claim;
    finding.severity = Severity::kMedium;
    finding.retained = retained;
    finding.instances = ids.size();
    for (const Id id : ids) finding.members.push_back(snapshot->Find(id));
    return finding;
  }
  std::vector<std::string> Rules(std::vector<Finding> findings) const {
    analyses::MergeSameMemory(*snapshot, findings);
    std::vector<std::string> rules;
    for (const Finding& finding : findings) {
      rules.push_back(absl::StrCat(finding.rule, finding.also.empty() ? "" : "+"));
    }
    return rules;
  }

  JdkDump heap;
  Id list = 0;
  std::vector<Id> box_ids, arrays;
  std::unique_ptr<graph::Snapshot> snapshot;
};

TEST(MergeFindings, WhoKnowsMoreTellsWhatIsInsideAndAround) {
  const Boxes b;
  const Finding shape = b.About({b.list}, Knowledge::kShape, Claim::kLeak, 8000);
  EXPECT_EQ(b.Rules({shape, b.About(b.box_ids, Knowledge::kSignature, Claim::kLeak, 7000)}),
            std::vector<std::string>{"rule32+"});
  EXPECT_EQ(b.Rules({shape, b.About(b.arrays, Knowledge::kStructure, Claim::kLeak, 6000)}),
            std::vector<std::string>{"rule22+"});
}

TEST(MergeFindings, ASmallPartDoesNotExplainTheWhole) {
  const Boxes b;
  EXPECT_EQ(b.Rules({b.About({b.list}, Knowledge::kShape, Claim::kLeak, 8000),
                     b.About(b.arrays, Knowledge::kSignature, Claim::kLeak, 1000)})
                .size(),
            2u);
}

TEST(MergeFindings, NumbersThatAreInUseDoNotHideALeak) {
  const Boxes b;
  EXPECT_EQ(b.Rules({b.About(b.box_ids, Knowledge::kStructure, Claim::kMuchInUse, 7000),
                     b.About(b.arrays, Knowledge::kShape, Claim::kLeak, 6000)})
                .size(),
            2u);
  // A signature knows what it is, and may say that it is no leak.
  EXPECT_EQ(b.Rules({b.About(b.box_ids, Knowledge::kSignature, Claim::kMuchInUse, 7000),
                     b.About(b.arrays, Knowledge::kShape, Claim::kLeak, 6000)})
                .size(),
            1u);
}

TEST(MergeFindings, ARemarkExplainsNothingAway) {
  const Boxes b;
  EXPECT_EQ(b.Rules({b.About(b.box_ids, Knowledge::kSignature, Claim::kInformation, 7000),
                     b.About(b.arrays, Knowledge::kShape, Claim::kLeak, 6000)})
                .size(),
            2u);
}

TEST(MergeFindings, OneOfEachIsOneResource) {
  const Boxes b;
  std::vector<Finding> findings = {b.About(b.box_ids, Knowledge::kStructure, Claim::kLeak, 7000),
                                   b.About(b.arrays, Knowledge::kSignature, Claim::kLeak, 500)};
  findings[0].parts.resize(3);
  analyses::MergeSameMemory(*b.snapshot, findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "rule32");
  EXPECT_EQ(findings[0].retained, 7000u);  // of the whole resource
  EXPECT_EQ(findings[0].parts.size(), 3u);
}

TEST(MergeFindings, SeparateMemoryStaysSeparate) {
  const Boxes b;
  const std::vector<Id> first(b.box_ids.begin(), b.box_ids.begin() + 25);
  const std::vector<Id> second(b.box_ids.begin() + 25, b.box_ids.end());
  EXPECT_EQ(b.Rules({b.About(first, Knowledge::kSignature, Claim::kLeak, 3000),
                     b.About(second, Knowledge::kStructure, Claim::kLeak, 3000)})
                .size(),
            2u);
}

}  // namespace
}  // namespace leaktrail::testing
