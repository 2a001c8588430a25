// The segments of an ELF file against the file's size.
#include "plugins/elf_check.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fstream>

#include "core/fail.hpp"

namespace attune::internal {
namespace {

constexpr unsigned char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char own_order =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

#if defined(__x86_64__)
constexpr std::uint16_t own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t own_machine = EM_AARCH64;
#else
constexpr std::uint16_t own_machine = EM_NONE;  // not looked at
#endif

// True if the file holds a T at `offset`, which is then read.
template <class T>
bool read_at(std::ifstream& file, std::uint64_t offset, T& value) {
  file.seekg(static_cast<std::streamoff>(offset));
  return bool(file.read(reinterpret_cast<char*>(&value), sizeof value));
}

// Where the furthest thing ends that the headers announce; 0 when they are no library's of this
// machine, the largest number when they make no sense.
template <class Header, class Segment, class Section>
std::uint64_t announced_end(std::ifstream& file) {
  Header header{};
  if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != own_class || header.e_ident[EI_DATA] != own_order ||
      header.e_phentsize != sizeof(Segment)) {
    return 0;
  }
  std::uint64_t end = header.e_phoff + std::uint64_t{header.e_phnum} * sizeof(Segment);
  if (header.e_shoff != 0) {
    end = std::max<std::uint64_t>(end,
                                  header.e_shoff + std::uint64_t{header.e_shnum} * sizeof(Section));
  }
  // A copy that broke off may have its full size and end in zeros, the table of sections with it.
  Section names{};
  if (header.e_shoff != 0 && header.e_shstrndx != SHN_UNDEF && header.e_shstrndx < header.e_shnum &&
      read_at(file, header.e_shoff + header.e_shstrndx * sizeof(Section), names) &&
      names.sh_type != SHT_STRTAB) {
    return ~std::uint64_t{0};
  }
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Segment segment{};
    if (!read_at(file, header.e_phoff + i * sizeof segment, segment)) break;
    if (segment.p_type != PT_LOAD) continue;
    const std::uint64_t last = std::uint64_t{segment.p_offset} + segment.p_filesz;
    end = std::max(end, last < segment.p_filesz ? ~std::uint64_t{0} : last);  // a sum that wrapped
  }
  return end;
}

}  // namespace

void require_whole_library(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    fail(ErrorKind::plugin, path, "it is no regular file, so no library: {}",
         error ? error.message() : std::string("a plugin is a shared object"));
  }
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  // The system's loader says of these that there is no such file.
  unsigned char ident[EI_NIDENT] = {};
  std::uint16_t machine = own_machine;
  constexpr std::uint64_t machine_at = offsetof(Elf64_Ehdr, e_machine);  // in both classes
  if (!read_at(file, 0, ident) || std::memcmp(ident, ELFMAG, SELFMAG) != 0) {
    fail(ErrorKind::plugin, path,
         "it is no shared object: a plugin is built from its source before it is loaded");
  }
  if (ident[EI_DATA] == own_order && own_machine != EM_NONE && read_at(file, machine_at, machine) &&
      machine != own_machine) {
    fail(ErrorKind::plugin, path,
         "it is built for another machine (e_machine {}, this one is {}): build it here", machine,
         own_machine);
  }
  file.clear();
  const std::uint64_t end = sizeof(void*) == 8
                                ? announced_end<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr>(file)
                                : announced_end<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr>(file);
  if (end == ~std::uint64_t{0}) {
    fail(ErrorKind::plugin, path, "its headers are damaged: copy or build it again");
  }
  if (!error && end > size) {
    fail(ErrorKind::plugin, path,
         "it is cut short: its headers announce {} bytes, the file has {}: copy or build it again",
         end, size);
  }
}

}  // namespace attune::internal
