/** The names of Docker's official images that people write without a tag or registry. Source: the official-images library. */
const OFFICIAL: ReadonlySet<string> = new Set(
  `adminer aerospike alpine amazoncorretto arangodb archlinux backdrop bash bonita buildpack-deps busybox caddy cassandra chronograf
  cirros clearlinux clefos clojure composer consul couchbase couchdb crate dart debian docker drupal eclipse-mosquitto
  eclipse-temurin eggdrop elasticsearch elixir emqx erlang fedora flink fluentd friendica gazebo gcc geonetwork ghost golang gradle
  groovy haproxy haskell haxe hello-world httpd hylang ibmjava influxdb irssi jenkins jetty joomla jruby julia kapacitor kibana kong
  krakend lightstreamer logstash mageia mariadb matomo maven mediawiki memcached mongo mongo-express monica mono mysql nats
  nats-streaming neo4j neurodebian nextcloud nginx node notary odoo open-liberty openjdk oraclelinux orientdb percona perl
  photon php php-zendserver phpmyadmin plone postfixadmin postgres pypy python r-base rabbitmq rakudo-star redis redmine registry
  rethinkdb rocket.chat rockylinux ros ruby rust sapmachine satosa scratch silverpeas solr sonarqube spark spiped storm swarm swift
  swipl teamspeak telegraf thrift tomcat tomee traefik ubuntu unit varnish vault websphere-liberty wordpress xwiki yourls zookeeper znc`.split(
    /\s+/,
  ),
)

export interface ImageName {
  /** Without tag and digest. */
  readonly name: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** Semantics: distribution's reference grammar: a colon behind the last slash begins the tag; one before it is a registry's port. */
export function imageName(image: string): ImageName {
  const at = image.indexOf('@')
  const named = at < 0 ? image : image.slice(0, at)
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  return {
    name: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? undefined : named.slice(colon + 1),
    digest: at < 0 ? undefined : image.slice(at + 1),
  }
}

/** A bare name that no registry serves: a tool that builds the image (Skaffold, Tilt, kind) puts the real one in its place. */
export function isLocalBuild({ name, tag, digest }: ImageName): boolean {
  return tag === undefined && digest === undefined && !name.includes('/') && !OFFICIAL.has(name)
}
