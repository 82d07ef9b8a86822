#include "hprof/gzip_members.h"

#include <libdeflate.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "hprof/file_kind.h"

namespace leaktrail::hprof {
namespace {

constexpr std::size_t kHeaderSize = 10;
constexpr std::uint64_t kLargestBlock = 16 << 20;
constexpr std::string_view kComment = "HPROF BLOCKSIZE=";

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The block size in the comment of the first member, 0 if there is none or it is absurd.
std::uint64_t BlockSize(Bytes input) {
  std::string_view head = AsText(input).substr(0, kHeaderSize + kComment.size() + 20);
  if (head.size() < kHeaderSize || head[3] != 0x10) return 0;
  head.remove_prefix(kHeaderSize);
  if (head.substr(0, kComment.size()) != kComment) return 0;
  head.remove_prefix(kComment.size());
  head = head.substr(0, head.find('\0'));
  std::uint64_t size = 0;
  if (!absl::SimpleAtoi(absl::string_view(head.data(), head.size()), &size)) return 0;
  return size <= kLargestBlock ? size : 0;
}

// True for a header as the JDK writes it: deflate, no flags or just the comment, no time. In
// compressed data this occurs by chance about once in 10^15 bytes.
bool IsMemberStart(std::string_view bytes) {
  return bytes.size() >= kHeaderSize && (bytes[3] == 0 || bytes[3] == 0x10) &&
         bytes.substr(4, 4) == std::string_view("\0\0\0\0", 4) &&
         (bytes[8] == 0 || bytes[8] == 2 || bytes[8] == 4);
}

// Offset of the first member header at or after `from`; the size of the input if there is none.
std::size_t FindMember(std::string_view input, std::size_t from) {
  while (true) {
    from = input.find("\x1f\x8b\x08", from);
    if (from == std::string_view::npos) return input.size();
    if (IsMemberStart(input.substr(from))) return from;
    ++from;
  }
}

// Workers take members in file order, inflate them each into a buffer of its own, and reserve their
// place in the output in file order too. Only the reservation is serial.
class MemberPool {
 public:
  MemberPool(UnpackTask& task, std::uint64_t block_size) : task_(task), block_size_(block_size) {
    next_start_ = task.consumed;
  }

  absl::Status Run() {
    std::vector<std::thread> helpers;
    for (int i = 1; i < task_.threads; ++i) helpers.emplace_back([this] { Work(); });
    Work();
    for (std::thread& helper : helpers) helper.join();
    return status_;
  }

 private:
  struct Member {
    std::uint64_t ticket;
    std::size_t begin;
    std::size_t end;
  };

  void Work() {
    std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
        libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
    std::vector<std::byte> buffer(block_size_);
    Member member;
    while (inflater != nullptr && Take(member)) {
      std::size_t used = 0, made = 0;
      libdeflate_result result = libdeflate_gzip_decompress_ex(
          inflater.get(), task_.input.data() + member.begin, member.end - member.begin,
          buffer.data(), buffer.size(), &used, &made);
      // A member that does not end where the next one starts is left to the serial reader.
      bool good = result == LIBDEFLATE_SUCCESS && member.begin + used == member.end;
      Deliver(member, good, Bytes(buffer.data(), made));
    }
  }

  bool Take(Member& member) {
    std::lock_guard lock(mutex_);
    if (stopped_ || next_start_ >= task_.input.size()) return false;
    member.ticket = next_ticket_++;
    member.begin = next_start_;
    member.end = FindMember(AsText(task_.input), member.begin + kHeaderSize);
    next_start_ = member.end;
    return true;
  }

  void Deliver(const Member& member, bool good, Bytes bytes) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return turn_ticket_ == member.ticket; });
    ++turn_ticket_;
    turn_.notify_all();
    if (task_.produced == 0 && bytes.size() < kHeadSize) good = false;  // too little for accept()
    if (good && !stopped_ && task_.produced == 0) Record(task_.accept(bytes));
    if (!good) stopped_ = true;
    if (stopped_) return;
    std::uint64_t place = task_.produced;
    task_.produced += bytes.size();
    task_.consumed = member.end;
    task_.forget(task_.consumed);
    lock.unlock();
    absl::Status written = task_.output.WriteAt(place, bytes);
    if (written.ok()) return;
    lock.lock();
    Record(written);
  }

  void Record(const absl::Status& status) {
    if (status.ok()) return;
    status_.Update(status);
    stopped_ = true;
  }

  UnpackTask& task_;
  const std::uint64_t block_size_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t turn_ticket_ = 0;
  std::size_t next_start_ = 0;
  bool stopped_ = false;
  absl::Status status_;
};

}  // namespace

absl::Status UnpackHotSpotMembers(UnpackTask& task) {
  std::uint64_t block_size = BlockSize(task.input);
  if (block_size == 0) return absl::OkStatus();
  return MemberPool(task, block_size).Run();
}

}  // namespace leaktrail::hprof
