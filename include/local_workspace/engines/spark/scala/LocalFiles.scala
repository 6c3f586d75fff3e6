package org.apache.spark.sql.localworkspace

import java.net.URI

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{DelegateToFileSystem, FileStatus, FsConstants, Path, RawLocalFileSystem}
import org.apache.hadoop.fs.permission.FsPermission

/** The machine's files without a process for each.
  *
  * Hadoop's own class has no native library here: it starts `chmod` for every file that it makes and `readlink` for
  * every one that it renames, and keeps a checksum file beside each. New files get the permissions that the server's
  * umask gives; a symbolic link is what it points to.
  */
class LocalFiles extends RawLocalFileSystem {
  override def setPermission(path: Path, permission: FsPermission): Unit = ()

  override def getFileLinkStatus(path: Path): FileStatus = getFileStatus(path)

  override def supportsSymlinks(): Boolean = false
}

/** The same for Hadoop's second interface, which streams' checkpoints use. */
class LocalFilesContext(uri: URI, conf: Configuration)
    extends DelegateToFileSystem(uri, new LocalFiles, conf, FsConstants.LOCAL_FS_URI.getScheme, false) {
  override def getUriDefaultPort: Int = -1

  // Any name of the machine is one, with a colon too.
  override def isValidName(name: String): Boolean = true
}
