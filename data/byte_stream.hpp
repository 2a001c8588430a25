// The bytes of a file in order, unpacked when it is compressed by gzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

struct z_stream_s;

namespace attune::data::internal {

class ByteStream {
 public:
  // `operation` stands in front of every message. Error (io) when the file cannot be opened.
  ByteStream(const char* operation, std::string path);
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  ~ByteStream();

  const std::string& path() const noexcept { return path_; }
  // The most bytes that the file can hold: deflate packs no more than 1032 bytes into one.
  std::uint64_t most_bytes() const noexcept;
  // Fills `to`; fewer bytes are read at the end only. Errors: io; format, when the compressed data
  // are damaged, end early, or are followed by what is no gzip data.
  std::size_t read(void* to, std::size_t bytes);

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  bool fill();
  bool begin_member();
  std::size_t unpack(unsigned char* to, std::size_t bytes);
  [[noreturn]] void fail_reading(const char* what, const char* why = nullptr) const;

  const char* operation_;
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t file_bytes_;
  std::unique_ptr<unsigned char[]> packed_;  // part of the file, of which zlib has the rest
  std::unique_ptr<z_stream_s> zlib_;         // null: the file is no gzip file
  bool ended_ = false;
};

// Part of what a file holds, for a message: short, and printable whatever it was.
std::string excerpt(const char* text, std::size_t size);

}  // namespace attune::data::internal
