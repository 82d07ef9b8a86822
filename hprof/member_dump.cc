#include "hprof/member_dump.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <utility>
#include <vector>

namespace leaktrail::hprof {
namespace {

// What is kept inflated.
constexpr std::uint64_t kKeptBytes = 32 << 20;
constexpr std::size_t kFewestKept = 4;
constexpr std::size_t kMostKept = 64;  // they are searched one by one
// Reading so much from the start of a member does not inflate all of it: the walk over the heap
// segments, of which each begins a member, looks at their first bytes only.
constexpr std::uint64_t kHead = 16 << 10;

// Members that are inflated. All member functions are thread-safe.
class MemberCache {
 public:
  // Inflates a member into a buffer that has room for the largest.
  using Load = std::function<void(std::size_t index, MemberInflater&, std::vector<std::byte>&)>;

  MemberCache(std::uint64_t largest, Load load)
      : largest_(largest),
        most_slots_(std::clamp<std::size_t>(kKeptBytes / largest, kFewestKept, kMostKept)),
        load_(std::move(load)) {}

  // Calls use(bytes of the member) while nobody changes them.
  template <typename Use>
  void With(std::size_t member, Use&& use) {
    Slot& slot = Acquire(member);
    use(Bytes(slot.bytes));
    std::lock_guard lock(mutex_);
    --slot.users;
  }

  bool Has(std::size_t member) {
    std::lock_guard lock(mutex_);
    return Find(member) != nullptr;
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  struct Slot {
    std::size_t member = kNone;
    std::uint64_t last_use = 0;
    int users = 0;
    bool ready = false;
    std::vector<std::byte> bytes;
    MemberInflater inflater;
  };

  Slot* Find(std::size_t member) {
    for (Slot& slot : slots_) {
      if (slot.member == member) return &slot;
    }
    return nullptr;
  }

  Slot& Acquire(std::size_t member) {
    std::unique_lock lock(mutex_);
    Slot* slot = Find(member);
    const bool is_new = slot == nullptr;
    if (is_new) slot = &Choose();
    ++slot->users;
    slot->last_use = ++clock_;
    if (!is_new) {
      loaded_.wait(lock, [&] { return slot->ready; });
      return *slot;
    }
    slot->member = member;
    slot->ready = false;
    lock.unlock();
    load_(member, slot->inflater, slot->bytes);
    lock.lock();
    slot->ready = true;
    loaded_.notify_all();
    return *slot;
  }

  // A slot that nobody uses: a new one, or the one that was not used for longest. Takes all memory
  // that loading needs, so that loading cannot fail while others wait for it.
  Slot& Choose() {
    Slot* oldest = nullptr;
    if (slots_.size() >= most_slots_) {
      for (Slot& slot : slots_) {
        if (slot.users == 0 && (oldest == nullptr || slot.last_use < oldest->last_use)) {
          oldest = &slot;
        }
      }
    }
    Slot& slot = oldest != nullptr ? *oldest : slots_.emplace_back();
    slot.bytes.reserve(largest_);
    return slot;
  }

  const std::uint64_t largest_;
  const std::size_t most_slots_;
  const Load load_;
  std::mutex mutex_;
  std::condition_variable loaded_;
  std::list<Slot> slots_;
  std::uint64_t clock_ = 0;
};

class MemberDump final : public DumpFile {
 public:
  MemberDump(std::string path, FileDescriptor fd, FileMap map, GzipMembers members, bool temporary)
      : DumpFile(std::move(path), members.size()),
        fd_(std::move(fd)),
        stamp_(fd_.get()),
        map_(std::move(map)),
        stored_(map_.bytes()),
        members_(std::move(members.members)),
        known_cut_off_(members.cut_off),
        cache_(members.largest,
               [this](std::size_t member, MemberInflater& inflater, std::vector<std::byte>& bytes) {
                 Load(member, inflater, bytes);
               }),
        damaged_(members_.size()) {
    compression_ = Compression::kGzip;
    stored_size_ = stored_.size();
    if (temporary) temporary_size_ = stored_size_;
  }

  absl::Status CheckUnchanged() const override { return stamp_.CheckUnchanged(fd_.get(), path_); }

  void CountDamage(ImportHealth& health) const override {
    std::lock_guard lock(damage_mutex_);
    for (std::size_t member = 0; member < damaged_.size(); ++member) {
      if (damaged_[member]) health.Count(Oddity::kCompressedDamage, members_[member].offset);
    }
  }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    out = out.first(std::min<std::uint64_t>(out.size(), size_ - offset));
    std::size_t member = MemberAt(offset);
    for (std::size_t done = 0; done < out.size(); ++member) {
      done += ReadMember(member, offset + done - members_[member].offset, out.subspan(done));
    }
    return out.size();
  }

  Bytes View(std::uint64_t offset, std::uint64_t length,
             std::vector<std::byte>& scratch) const override {
    if (offset >= size_) return {};
    scratch.resize(std::min(length, size_ - offset));
    return Bytes(scratch).first(Read(offset, scratch));
  }

 private:
  std::size_t MemberAt(std::uint64_t offset) const {
    auto next = std::upper_bound(members_.begin(), members_.end(), offset,
                                 [](std::uint64_t o, const GzipMember& m) { return o < m.offset; });
    return static_cast<std::size_t>(next - members_.begin()) - 1;
  }

  Bytes Stored(std::size_t member) const {
    const std::uint64_t begin = members_[member].begin;
    return stored_.subspan(begin, members_[member + 1].begin - begin);
  }

  // Copies from place `from` of a member to `out`, to the end of either; returns how much.
  std::size_t ReadMember(std::size_t member, std::uint64_t from, std::span<std::byte> out) const {
    const std::uint64_t size = members_[member + 1].offset - members_[member].offset;
    out = out.first(std::min<std::uint64_t>(out.size(), size - from));
    if (from + out.size() <= kHead && !cache_.Has(member) && ReadHead(member, from, out)) {
      return out.size();
    }
    cache_.With(member, [&](Bytes bytes) {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), out.size(), out.begin());
    });
    return out.size();
  }

  bool ReadHead(std::size_t member, std::uint64_t from, std::span<std::byte> out) const {
    std::vector<std::byte> head(from + out.size());
    if (InflateHead(Stored(member), head) != head.size()) return false;
    std::copy(head.begin() + static_cast<std::ptrdiff_t>(from), head.end(), out.begin());
    return true;
  }

  void Load(std::size_t member, MemberInflater& inflater, std::vector<std::byte>& bytes) const {
    bytes.resize(members_[member + 1].offset - members_[member].offset);
    const bool last = member + 2 == members_.size();
    if (inflater.Inflate(Stored(member), bytes) || (last && known_cut_off_)) return;
    std::lock_guard lock(damage_mutex_);
    damaged_[member] = true;
  }

  const FileDescriptor fd_;
  const FileStamp stamp_;
  const FileMap map_;
  const Bytes stored_;
  const std::vector<GzipMember> members_;
  const bool known_cut_off_;
  mutable MemberCache cache_;
  mutable std::mutex damage_mutex_;
  mutable std::vector<bool> damaged_;  // by member
};

}  // namespace

std::unique_ptr<DumpFile> MakeMemberDump(std::string path, FileDescriptor fd, FileMap map,
                                         GzipMembers members, bool in_temporary_directory) {
  return std::make_unique<MemberDump>(std::move(path), std::move(fd), std::move(map),
                                      std::move(members), in_temporary_directory);
}

}  // namespace leaktrail::hprof
