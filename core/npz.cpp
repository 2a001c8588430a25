// .npz: a zip archive of .npy members, through minizip.
#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <set>
#include <vector>

#include "attune/io.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "core/npy.hpp"

namespace attune {

using internal::fail;

namespace {

constexpr std::string_view ending = ".npy";
constexpr std::size_t most_at_once = 1u << 30;  // minizip counts a call's bytes in 32 bits

struct CloseRead {
  void operator()(void* archive) const noexcept { ::unzClose(archive); }
};
struct CloseWrite {
  void operator()(void* archive) const noexcept { ::zipClose(archive, nullptr); }
};

class Reader {
 public:
  Reader(const std::string& path, bool mapped)
      : file_("load_npz", path), mapped_(mapped), archive_(::unzOpen64(path.c_str())) {
    if (!archive_ && !is_empty_archive()) {
      refuse(path, "no zip directory is found at its end: no .npz, or cut short");
    }
  }

  TensorFile read() {
    std::vector<NamedTensor> tensors;
    if (!archive_) return {file_.path(), {}};
    std::set<std::string> names;
    unz_global_info64 global{};
    check(::unzGetGlobalInfo64(archive_.get(), &global), file_.path());
    for (ZPOS64_T i = 0; i < global.number_entry; ++i) {
      check(i == 0 ? ::unzGoToFirstFile(archive_.get()) : ::unzGoToNextFile(archive_.get()),
            file_.path());
      NamedTensor member = read_member();
      if (!names.insert(member.name).second) {
        refuse(file_.path(), "the member \"{}.npy\" stands twice in it", member.name);
      }
      tensors.push_back(std::move(member));
    }
    return {file_.path(), std::move(tensors)};
  }

 private:
  // An archive without members is its closing record alone, which minizip does not take.
  bool is_empty_archive() const {
    constexpr std::string_view record = "PK\x05\x06";
    constexpr std::uint64_t record_bytes = 22;
    std::string start(record.size(), '\0');
    if (file_.size() != record_bytes) return false;
    file_.read(0, start.data(), start.size());
    return start == record;
  }

  template <class... Values>
  [[noreturn]] static void refuse(const std::string& where, fmt::format_string<Values...> format,
                                  Values&&... values) {
    fail(ErrorKind::format, "load_npz", "{}: {}", where,
         fmt::format(format, std::forward<Values>(values)...));
  }

  void check(int status, const std::string& where) const {
    if (status == UNZ_OK) return;
    // minizip reports a failed read and an offset that leads nowhere alike: if the whole file can
    // be read, it is the archive that is wrong.
    if (status == UNZ_ERRNO) read_whole();
    refuse(where, "{}",
           status == UNZ_CRCERROR ? "its checksum differs from the one stored: it is damaged"
                                  : "the archive is damaged or cut short");
  }

  // Error (io) when some byte of the file cannot be had.
  void read_whole() const {
    std::vector<char> piece(1u << 16);
    for (std::uint64_t at = 0; at < file_.size(); at += piece.size()) {
      file_.read(at, piece.data(), std::min<std::uint64_t>(piece.size(), file_.size() - at));
    }
  }

  NamedTensor read_member() {
    unz_file_info64 info{};
    check(::unzGetCurrentFileInfo64(archive_.get(), &info, nullptr, 0, nullptr, 0, nullptr, 0),
          file_.path());
    std::string name(info.size_filename, '\0');
    check(::unzGetCurrentFileInfo64(archive_.get(), nullptr, name.data(), info.size_filename,
                                    nullptr, 0, nullptr, 0),
          file_.path());
    const std::string where = file_.path() + ": " + name;
    if (!name.ends_with(ending)) refuse(where, "the member is no .npy: remove it from the archive");
    check_member(info, where);
    check(::unzOpenCurrentFile(archive_.get()), where);
    const std::uint64_t begin = ::unzGetCurrentFileZStreamPos64(archive_.get());
    const auto header = internal::read_npy_header(
        "load_npz", where, info.uncompressed_size,
        [&](void* to, std::size_t bytes) { read_bytes(where, to, bytes); });
    name.resize(name.size() - ending.size());
    if (mapped_ && info.compression_method == 0) {
      ::unzCloseCurrentFile(archive_.get());
      const Tensor stored =
          file_.tensor(name, begin + header.bytes, header.dtype, header.stored_shape(), mapped_);
      return {std::move(name), header.as_array(stored)};
    }
    const Tensor stored = internal::empty_tensor("load_npz", header.stored_shape(), header.dtype);
    read_bytes(where, stored.impl()->data, internal::byte_count(stored.shape(), stored.dtype()));
    check(::unzCloseCurrentFile(archive_.get()), where);
    internal::check_bools("load_npz", file_.path(), name, stored);
    const Tensor array = header.as_array(stored);
    return {std::move(name),
            mapped_ ? array : internal::as_contiguous("load_npz", array, array.dtype())};
  }

  // The directory's figures against the file, before anything is allocated on their word.
  void check_member(const unz_file_info64& info, const std::string& where) const {
    constexpr std::uint64_t best_ratio = 1032;  // of deflate
    if (info.flag & 1) refuse(where, "the member is encrypted");
    if (info.compression_method != 0 && info.compression_method != Z_DEFLATED) {
      refuse(where, "the member is packed by method {}; attune reads 0 (stored) and 8 (deflated)",
             info.compression_method);
    }
    if (info.compressed_size > file_.size()) {
      refuse(where, "the member is said to have {} bytes in a file of {}", info.compressed_size,
             file_.size());
    }
    const std::uint64_t most = info.compression_method == 0
                                   ? info.compressed_size
                                   : (info.compressed_size + 1) * best_ratio;
    if (info.uncompressed_size > most) {
      refuse(where, "the member is said to have {} bytes, at most {} can be packed into its {}",
             info.uncompressed_size, most, info.compressed_size);
    }
  }

  void read_bytes(const std::string& where, void* to, std::size_t bytes) const {
    auto* place = static_cast<char*>(to);
    while (bytes > 0) {
      const auto ask = static_cast<unsigned>(std::min(bytes, most_at_once));
      const int got = ::unzReadCurrentFile(archive_.get(), place, ask);
      if (got < 0) check(got, where);
      if (got == 0) refuse(where, "{} bytes of the member are missing: it is cut short", bytes);
      place += got;
      bytes -= static_cast<std::size_t>(got);
    }
  }

  internal::InputFile file_;
  bool mapped_;
  std::unique_ptr<void, CloseRead> archive_;
};

class Writer {
 public:
  explicit Writer(const std::string& path)
      : file_("save_npz", path),
        archive_(::zipOpen64(file_.temporary().c_str(), APPEND_STATUS_CREATE)) {
    if (!archive_) file_.fail_io("cannot be written");
  }

  void add(const NamedTensor& named, bool compressed) {
    const Tensor rows = internal::as_contiguous("save_npz", named.tensor, named.tensor.dtype());
    const std::uint64_t bytes = internal::byte_count(rows.shape(), rows.dtype());
    const std::string name = named.name + std::string(ending);
    zip_fileinfo info{};
    info.tmz_date.tm_mday = 1;
    info.tmz_date.tm_year = 1980;  // the same bytes whenever it is written
    constexpr unsigned long utf8_name = 1u << 11;
    const bool large = bytes >= std::numeric_limits<std::uint32_t>::max() / 2;
    check(::zipOpenNewFileInZip4_64(archive_.get(), name.c_str(), &info, nullptr, 0, nullptr, 0,
                                    nullptr, compressed ? Z_DEFLATED : 0, Z_DEFAULT_COMPRESSION, 0,
                                    -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, nullptr, 0, 0,
                                    utf8_name, large));
    const std::string header = internal::npy_header(rows.dtype(), rows.shape());
    write(header.data(), header.size());
    write(rows.impl()->data, bytes);
    check(::zipCloseFileInZip(archive_.get()));
  }

  void commit() {
    check(::zipClose(archive_.release(), nullptr));
    file_.commit();
  }

 private:
  void write(const void* from, std::uint64_t bytes) {
    const auto* place = static_cast<const char*>(from);
    while (bytes > 0) {
      const auto count = static_cast<unsigned>(std::min<std::uint64_t>(bytes, most_at_once));
      check(::zipWriteInFileInZip(archive_.get(), place, count));
      place += count;
      bytes -= count;
    }
  }
  void check(int status) const {
    if (status != ZIP_OK) file_.fail_io("cannot be written");
  }

  internal::AtomicFile file_;
  std::unique_ptr<void, CloseWrite> archive_;
};

}  // namespace

TensorFile load_npz(const std::string& path, const ReadOptions& options) {
  return Reader(path, options.mapped).read();
}

void save_npz(const std::string& path, std::span<const NamedTensor> tensors,
              const NpzOptions& options) {
  constexpr std::size_t longest_name = 60'000;  // a zip holds 65535 bytes
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    internal::check_named("save_npz", path, name, tensor);
    if (name.empty() || name.size() > longest_name || name.find('\0') != name.npos) {
      fail(ErrorKind::value, "save_npz",
           "{}: a name of {} bytes: from 1 to {}, without a zero byte, are possible", path,
           name.size(), longest_name);
    }
    if (!names.insert(name).second) {
      fail(ErrorKind::value, "save_npz",
           "{}: the name \"{}\" stands for two tensors: choose another", path, name);
    }
  }
  Writer writer(path);
  for (const NamedTensor& named : tensors) writer.add(named, options.compressed);
  writer.commit();
}

}  // namespace attune
