package org.apache.spark.sql.connect.localworkspace

import java.util.concurrent.ConcurrentMap

import scala.jdk.CollectionConverters._

import org.apache.spark.sql.connect.service.{SparkConnectService, SparkConnectStreamingQueryCache}
import org.apache.spark.sql.connect.service.SparkConnectStreamingQueryCache.{QueryCacheKey, QueryCacheValue}

/** Lets go of streaming queries whose session has ended.
  *
  * Spark Connect keeps a finished query for an hour, in case a client asks for it, with its plans and all that it
  * broadcast: 40 MB an update of a pipeline, until the heap is full (4.2.0, seen 2026-12-01). Nobody can ask for one whose
  * session is gone.
  */
object EndedStreams {
  private lazy val kept: ConcurrentMap[QueryCacheKey, QueryCacheValue] = {
    val method = classOf[SparkConnectStreamingQueryCache].getDeclaredMethod("queryCache")
    method.setAccessible(true)
    method.invoke(SparkConnectService.streamingSessionManager).asInstanceOf[ConcurrentMap[QueryCacheKey, QueryCacheValue]]
  }

  def release(): Unit = {
    // First the queries, then the sessions: a query that is seen without its session has lost it.
    val queries = kept.asScala.toSeq
    val open = SparkConnectService.sessionManager.listActiveSessions.map(one => (one.userId, one.sessionId)).toSet
    for ((key, query) <- queries if !query.query.isActive && !open((query.userId, query.sessionId))) kept.remove(key)
  }
}
