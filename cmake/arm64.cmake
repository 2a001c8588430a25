# Toolchain for arm64 on another machine: Debian's cross compiler and arm64 packages side by side with
# the machine's own, programs run by qemu-aarch64. scripts/other_machines.sh installs what it takes.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
# Header-only, but Debian puts their files where only the machine's own architecture looks.
foreach(name IN ITEMS xtensor xsimd)
  file(GLOB found /usr/lib/*/cmake/${name})
  list(GET found 0 found)
  set(${name}_DIR ${found} CACHE PATH "where ${name}'s CMake files are")
endforeach()
