// An array whose final size is not known when it is first written: address space for the largest
// possible size is reserved, pages are taken from the system only when they are touched.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace leaktrail::graph {

// Zero-filled. Not copied. Throws std::bad_alloc when the address space cannot be had.
template <typename T>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  LargeArray() = default;
  explicit LargeArray(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) return;
    void* memory = mmap(nullptr, capacity * sizeof(T), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(memory);
  }
  LargeArray(LargeArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
  LargeArray& operator=(LargeArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~LargeArray() { Release(); }

  // Asks for large pages, which cost fewer faults: for arrays that are filled from end to end. What
  // the system makes of it, it decides.
  void PreferLargePages() {
    if (data_ != nullptr) madvise(data_, capacity_ * sizeof(T), MADV_HUGEPAGE);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t capacity() const { return capacity_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::span<const T> span(std::size_t begin, std::size_t count) const {
    return {data_ + begin, count};
  }

  // Gives the address space behind the first `size` elements back.
  void ShrinkTo(std::size_t size) {
    if (data_ == nullptr || size >= capacity_) return;
    if (size == 0) return Release();
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t keep = (size * sizeof(T) + page - 1) / page * page;
    const std::size_t all = (capacity_ * sizeof(T) + page - 1) / page * page;
    if (keep < all) munmap(reinterpret_cast<std::byte*>(data_) + keep, all - keep);
    capacity_ = size;
  }
  // Gives the pages that hold nothing but these elements back; they read as zero afterwards.
  void Discard(std::size_t begin, std::size_t count) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t first = (begin * sizeof(T) + page - 1) / page * page;
    const std::size_t end = (begin + count) * sizeof(T) / page * page;
    if (first >= end) return;
    madvise(reinterpret_cast<std::byte*>(data_) + first, end - first, MADV_DONTNEED);
  }
  void Release() {
    if (data_ != nullptr) munmap(data_, capacity_ * sizeof(T));
    data_ = nullptr;
    capacity_ = 0;
  }

 private:
  T* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace leaktrail::graph
