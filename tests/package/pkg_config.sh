# pkg_config.sh COMPILER LIBDIR SOURCE PROGRAM: compiles and runs SOURCE with the flags that the installed
# attune.pc gives.
compiler=$1 libdir=$2 source=$3 program=$4
export PKG_CONFIG_PATH="$libdir/pkgconfig"
# shellcheck disable=SC2046  # flags are words
"$compiler" "$source" -o "$program" $(pkg-config --cflags --libs attune)
LD_LIBRARY_PATH="$libdir" "$program"
